import Synchronization

/// Something that a client asked for and may call off, perhaps before there is anything to end.
final class RunningRequest: Sendable {
    private struct State {
        var isCancelled = false
        var end: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// From now on `end` is what ends it; at once, if that is wanted already.
    func begin(_ end: @escaping @Sendable () -> Void) {
        // What ended it before is let go of outside of the lock.
        let (isLate, _) = state.withLock { state in
            let before = state.end
            if !state.isCancelled { state.end = end }
            return (state.isCancelled, before)
        }
        if isLate { end() }
    }

    func cancel() {
        let end = state.withLock { state in
            state.isCancelled = true
            defer { state.end = nil }
            return state.end
        }
        end?()
    }
}
