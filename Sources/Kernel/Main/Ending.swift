import KernelFlight
import KernelSystem
import Synchronization

/// Sees to it that a kernel that was asked to end does so, whatever its modules do.
final class Ending: Sendable {
    /// 0 until somebody asks.
    private let askedNanoseconds = Atomic<UInt64>(0)

    /// Modules get this long to come to an end.
    private static let nanoseconds: UInt64 = 10_000_000_000
    /// What a shell reports for SIGTERM.
    private static let status: Int32 = 143

    /// What comes so soon after the first time is the same, told twice: timeout(1) does so.
    private static let onceNanoseconds: UInt64 = 300_000_000

    /// The first time sets the deadline, the second ends the process now.
    func begin() {
        let now = SystemClock.monotonicNanoseconds
        let (isFirst, before) = askedNanoseconds.compareExchange(
            expected: 0, desired: now, ordering: .sequentiallyConsistent)
        guard isFirst else {
            if now - min(now, before) > Self.onceNanoseconds {
                ProcessExit.deliberately(Self.status)
            }
            return
        }
        FlightRecorder.set(.stopping)
        do {
            try SystemThread.start(name: "ending") {
                SystemThread.sleep(nanoseconds: Self.nanoseconds)
                ProcessExit.deliberately(Self.status)
            }
        } catch {
            ProcessExit.deliberately(Self.status)
        }
    }
}
