package import KernelBase
import KernelSystem
import Synchronization

/// What has become of a module's calls since the kernel started, and how long they took lately.
package final class CallStatistics: Sendable {
    private let calls = Atomic(0)
    private let failures = Atomic(0)
    private let abandoned = Atomic(0)
    private let workerEnds = Atomic(0)
    /// Calls of this window are counted in one, those of the window before stand in the other.
    private let windows = (LatencyWindow(), LatencyWindow())
    private let isSecondWindow = Atomic(false)

    package struct Counts: Sendable, Hashable {
        package let calls: Int
        package let failures: Int
        package let abandoned: Int
    }

    /// The last one or two windows of calls.
    package struct Recent: Sendable, Hashable {
        package let calls: Int
        /// What the module is to blame for: not wrong arguments, and not what was cancelled.
        package let faults: Int
        package let latencies: LatencyHistogram.Snapshot
    }

    package func count(_ outcome: CallStatus, startedNanoseconds: UInt64) {
        calls.add(1, ordering: .relaxed)
        if outcome != .ok { failures.add(1, ordering: .relaxed) }
        let now = SystemClock.monotonicNanoseconds
        window.count(
            isFault: outcome.isFaultOfModule,
            nanoseconds: now > startedNanoseconds ? now - startedNanoseconds : 0)
    }

    /// An exchange with a server of models has ended: how long it took, and mostly how it ended, is
    /// not in the hands of the module.
    package func countExchange(_ outcome: CallStatus) {
        calls.add(1, ordering: .relaxed)
        if outcome != .ok { failures.add(1, ordering: .relaxed) }
    }

    package func countAbandoned(_ number: Int) {
        abandoned.add(number, ordering: .relaxed)
    }

    /// The worker that the module lives in ended, and nobody wanted that.
    package func countWorkerEnd() {
        workerEnds.add(1, ordering: .relaxed)
    }

    package var workersEnded: Int { workerEnds.load(ordering: .relaxed) }

    package var counts: Counts {
        Counts(
            calls: calls.load(ordering: .relaxed), failures: failures.load(ordering: .relaxed),
            abandoned: abandoned.load(ordering: .relaxed))
    }

    package var recent: Recent {
        let (first, second) = (windows.0.latencies.snapshot, windows.1.latencies.snapshot)
        return Recent(
            calls: first.total + second.total,
            faults: windows.0.faultCount + windows.1.faultCount, latencies: first + second)
    }

    /// Begins a new window; the one before the last is forgotten.
    package func turnWindow() {
        let isSecond = !isSecondWindow.load(ordering: .relaxed)
        (isSecond ? windows.1 : windows.0).clear()
        isSecondWindow.store(isSecond, ordering: .relaxed)
    }

    private var window: LatencyWindow {
        isSecondWindow.load(ordering: .relaxed) ? windows.1 : windows.0
    }
}

private final class LatencyWindow: Sendable {
    let latencies = LatencyHistogram()
    private let faults = Atomic(0)

    var faultCount: Int { faults.load(ordering: .relaxed) }

    func count(isFault: Bool, nanoseconds: UInt64) {
        latencies.count(nanoseconds: nanoseconds)
        if isFault { faults.add(1, ordering: .relaxed) }
    }

    func clear() {
        latencies.clear()
        faults.store(0, ordering: .relaxed)
    }
}

extension CallStatus {
    /// Whether a call that ended so says something about the module, and not about its caller.
    fileprivate var isFaultOfModule: Bool {
        switch self {
        case .failed, .deadline, .unsupported, .limit, .misuse: true
        case .ok, .invalid, .notFound, .denied, .cancelled, .busy: false
        }
    }
}
