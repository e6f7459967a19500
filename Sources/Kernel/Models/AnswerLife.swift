package import ModuleChat

/// What becomes of a question: which model is asked next, with which key, and after how long. A
/// value without I/O: what happened goes in, what is to be done comes out.
package struct AnswerLife: Sendable {
    private let policy: Policy
    private let targets: Int
    private var target = 0
    private var tries = 0
    private var key = 0
    /// Keys of this target that are of no use for this question.
    private var spent: Set<Int> = []

    package struct Policy: Sendable, Hashable {
        /// Times that one model is asked.
        package var triesMax = 4
        package var firstDelaySeconds = 0.5
        package var delaySecondsMax = 20.0
        /// A server that asks for more patience than this is not waited for.
        package var waitSecondsMax = 60.0

        package init() {}
    }

    package enum Action: Sendable, Hashable {
        case ask(key: Int)
        /// Then `begin`.
        case wait(seconds: Double, because: ChatFailure, next: Int, of: Int)
        /// Another model takes over, with its first key: then `begin`.
        case fallBack(to: Int, because: ChatFailure)
        case end(ChatFailure)
    }

    package init(targets: Int, _ policy: Policy = Policy()) {
        self.targets = targets
        self.policy = policy
    }

    /// Begins with the model whose turn it is. `keys` are those that it has, one for a server that
    /// needs none.
    package mutating func begin(_ keys: KeyRing, now: UInt64) -> Action {
        guard let key = keys.next(without: spent, now: now) else {
            return noKey(keys, ChatFailure(.rateLimit, "all keys rest after a limit"), now: now)
        }
        self.key = key
        tries += 1
        return .ask(key: key)
    }

    /// The model cannot be asked at all.
    package mutating func unavailable(_ failure: ChatFailure) -> Action { giveUpTarget(failure) }

    /// The question failed. `hasBegun`: somebody has seen part of the answer. `random` is in 0..<1.
    package mutating func failed(
        _ failure: ChatFailure, hasBegun: Bool, _ keys: KeyRing, random: Double, now: UInt64
    ) -> Action {
        // What was shown is not shown again, and a call may have had its effect.
        if hasBegun { return .end(failure) }
        switch failure.kind {
        case .cancelled, .badRequest, .blocked: return .end(failure)
        case .contextTooLong, .modelNotFound: return giveUpTarget(failure)
        case .authentication, .quota:
            spent.insert(key)
            return otherKey(keys, now: now) ?? giveUpTarget(failure)
        case .rateLimit:
            return otherKey(keys, now: now)
                ?? again(failure, random: random)
        case .overloaded, .network, .stalled, .cutShort, .malformed, .server:
            return again(failure, random: random)
        }
    }

    private mutating func otherKey(_ keys: KeyRing, now: UInt64) -> Action? {
        guard keys.count > 1, let next = keys.next(without: spent.union([key]), now: now) else {
            return nil
        }
        key = next
        return .ask(key: next)
    }

    private mutating func noKey(
        _ keys: KeyRing, _ failure: ChatFailure, now: UInt64
    ) -> Action {
        guard let awake = keys.nextAwake(without: spent), awake > now else {
            return giveUpTarget(failure)
        }
        let seconds = Double(awake - now) / 1e9
        guard seconds <= policy.waitSecondsMax else {
            var failure = failure
            failure.retryAfterSeconds = seconds
            return giveUpTarget(failure)
        }
        return .wait(
            seconds: seconds, because: failure, next: tries + 1, of: policy.triesMax)
    }

    private mutating func again(_ failure: ChatFailure, random: Double) -> Action {
        guard tries < policy.triesMax else { return giveUpTarget(failure) }
        let seconds: Double
        if let asked = failure.retryAfterSeconds {
            guard asked <= policy.waitSecondsMax else { return giveUpTarget(failure) }
            // A little later than asked, so that not all come back at the same instant.
            seconds = asked + random * min(1, asked * 0.1 + 0.1)
        } else {
            let most = policy.firstDelaySeconds * Double(1 << min(tries - 1, 16))
            seconds = random * min(most, policy.delaySecondsMax)
        }
        return .wait(seconds: seconds, because: failure, next: tries + 1, of: policy.triesMax)
    }

    private mutating func giveUpTarget(_ failure: ChatFailure) -> Action {
        guard target + 1 < targets else { return .end(failure) }
        target += 1
        tries = 0
        spent = []
        return .fallBack(to: target, because: failure)
    }
}
