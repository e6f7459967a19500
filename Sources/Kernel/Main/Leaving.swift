import KernelFlight
import KernelSystem

/// The end of a kernel whose client is done. The main thread stops the modules; if a task of mode
/// main holds it and heeds nothing, the client's thread does so instead.
final class Leaving: Sendable {
    private struct State {
        var status: Int32?
        var isMainLoopEnded = false
        var isAbandoned = false
    }

    private let parts: KernelParts
    private let state = Condition(State())

    /// The main loop gets this long for the task that it is at.
    private static let nanoseconds: UInt64 = 1_000_000_000

    init(_ parts: KernelParts) {
        self.parts = parts
    }

    /// On the client's thread, after the main loop was asked to end.
    func leave(_ status: Int32) {
        FlightRecorder.set(.stopping)
        state.withLock { $0.status = status }
        state.broadcast()
        let deadline = SystemClock.monotonicNanoseconds + Self.nanoseconds
        _ = state.wait(untilNanoseconds: deadline) { $0.isMainLoopEnded ? true : nil }
        let isAbandoned = state.withLock { state in
            state.isAbandoned = !state.isMainLoopEnded
            return state.isAbandoned
        }
        guard isAbandoned else { return }
        parts.stop()
        ProcessExit.deliberately(status)
    }

    /// On the main thread. Returns the exit status.
    func mainLoopEnded() -> Int32 {
        state.withLock { $0.isMainLoopEnded = true }
        state.broadcast()
        // Once the client's thread has taken over, it ends the process.
        let status = state.wait { $0.isAbandoned ? nil : $0.status } ?? 0
        parts.stop()
        return status
    }
}
