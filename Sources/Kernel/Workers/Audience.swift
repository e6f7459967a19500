import Synchronization

/// The worker's side of whether the kernel listens: to a resident always, to a worker that serves
/// one call at a time only while it waits for the end of one, or of a step on the way there.
final class Audience: Sendable {
    private let isPermanent = Atomic(false)
    /// How many answers the kernel waits for; of no account once it always listens.
    private let awaited = Mutex(0)

    init() {}

    /// From now on the kernel listens at any time.
    func stay() {
        isPermanent.store(true, ordering: .releasing)
    }

    /// The kernel waits for an answer.
    func enter() {
        guard !isPermanent.load(ordering: .acquiring) else { return }
        awaited.withLock { $0 += 1 }
    }

    /// The answer is about to be sent: what is said after it may not be heard.
    func leave() {
        guard !isPermanent.load(ordering: .acquiring) else { return }
        awaited.withLock { $0 -= 1 }
    }

    /// Says something if the kernel hears it: no answer is sent meanwhile. False if it does not.
    func say<Failure>(_ words: () throws(Failure) -> Void) throws(Failure) -> Bool {
        if isPermanent.load(ordering: .acquiring) {
            try words()
            return true
        }
        return try awaited.withLock { awaited throws(Failure) in
            guard awaited > 0 else { return false }
            try words()
            return true
        }
    }
}
