import KernelSystem
import Synchronization

/// Sees to it that a kernel that was asked to end does so, whatever its modules do.
final class Ending: Sendable {
    private let isAsked = Atomic(false)

    /// Modules get this long to come to an end.
    private static let nanoseconds: UInt64 = 10_000_000_000
    /// What a shell reports for SIGTERM.
    private static let status: Int32 = 143

    /// The first time sets the deadline, the second ends the process now.
    func begin() {
        if isAsked.exchange(true, ordering: .sequentiallyConsistent) {
            ProcessExit.immediately(Self.status)
        }
        FlightRecorder.set(.stopping)
        do {
            try SystemThread.start(name: "ending") {
                SystemThread.sleep(nanoseconds: Self.nanoseconds)
                ProcessExit.immediately(Self.status)
            }
        } catch {
            ProcessExit.immediately(Self.status)
        }
    }
}
