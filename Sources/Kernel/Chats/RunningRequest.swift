import Synchronization

/// Something that a client asked for and may call off, perhaps before there is anything to end.
final class RunningRequest: Sendable {
    private struct State {
        var isCancelled = false
        var end: (@Sendable () -> Void)?
        var goOn: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// From now on `end` is what ends it; at once, if that is wanted already. `goOn` is called when
    /// the client takes more again.
    func begin(
        goOn: (@Sendable () -> Void)? = nil, _ end: @escaping @Sendable () -> Void
    ) {
        // What was held before is let go of outside of the lock.
        let (isLate, _) = state.withLock { state in
            let before = state
            if !state.isCancelled {
                state.end = end
                state.goOn = goOn
            }
            return (state.isCancelled, before)
        }
        if isLate { end() }
    }

    func goOn() { state.withLock { $0.goOn }?() }

    func cancel() {
        let end = state.withLock { state in
            state.isCancelled = true
            defer {
                state.end = nil
                state.goOn = nil
            }
            return (state.end, state.goOn)
        }
        end.0?()
    }
}
