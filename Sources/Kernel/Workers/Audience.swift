import Synchronization

/// The worker's side of whether the kernel listens: to a resident always, to a worker that serves
/// one call at a time only while it waits for the end of one, or of a step on the way there.
final class Audience: Sendable {
    private struct State {
        var isPermanent = false
        var awaited = 0
    }

    private let state = Mutex(State())

    init() {}

    /// From now on the kernel listens at any time.
    func stay() {
        state.withLock { $0.isPermanent = true }
    }

    /// The kernel waits for an answer.
    func enter() {
        state.withLock { $0.awaited += 1 }
    }

    /// The answer is about to be sent: what is said after it may not be heard.
    func leave() {
        state.withLock { $0.awaited -= 1 }
    }

    /// Says something if the kernel hears it: no answer is sent meanwhile. False if it does not.
    func say<Failure>(_ words: () throws(Failure) -> Void) throws(Failure) -> Bool {
        if state.withLock({ $0.isPermanent }) {
            try words()
            return true
        }
        return try state.withLock { state throws(Failure) in
            guard state.awaited > 0 else { return false }
            try words()
            return true
        }
    }
}
