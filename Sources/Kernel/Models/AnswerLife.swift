import KernelBase
package import ModuleChat

/// What becomes of a question: which model is asked next, with which key, and after how long. A
/// value without I/O: what happened goes in, what is to be done comes out.
package struct AnswerLife: Sendable {
    private let policy: Policy
    private let targets: Int
    private var target = 0
    /// That failed; a try is over when every key that may be used has failed once.
    private var tries = 0
    private var key = 0
    /// Keys of this target that are of no use for this question, and why the last of them.
    private var spent: Set<Int> = []
    private var refusal: ChatFailure?
    /// Keys that met a limit in this try.
    private var limited: Set<Int> = []
    /// Failures of this target that the same question is likely to meet again.
    private var repeats = 0
    private var waitedNanoseconds: UInt64 = 0
    private var waitsSince: UInt64?

    package struct Policy: Sendable, Hashable {
        /// Times that one model is asked.
        package var triesMax = 4
        package var firstDelaySeconds = 0.5
        package var delaySecondsMax = 20.0
        /// A server that asks for more patience than this is not waited for.
        package var waitSecondsMax = 60.0
        /// What is tried again.
        package var triedAgain: Set<ChatFailure.Kind> = [
            .rateLimit, .overloaded, .network, .stalled, .cutShort, .malformed, .server,
        ]

        package init() {}

        /// Of all that one question waits.
        var allWaitsSecondsMax: Double { 3 * waitSecondsMax }
    }

    package enum Action: Sendable, Hashable {
        case ask(key: Int)
        /// The same, at once, with another key than the one that failed.
        case turnTo(key: Int, of: Int, because: ChatFailure)
        /// Then `begin`.
        case wait(seconds: Double, because: ChatFailure, next: Int, of: Int)
        /// Another model takes over, with its first key: then `begin`.
        case fallBack(to: Int, because: ChatFailure)
        case end(ChatFailure)
    }

    /// A try that failed.
    package struct Setback: Sendable, Hashable {
        package let failure: ChatFailure
        /// Somebody has seen part of the answer.
        package var hasBegun: Bool
        /// It is no doing of the server: the provider's module failed, or a limit of the kernel's.
        package var isOurs: Bool

        package init(_ failure: ChatFailure, hasBegun: Bool = false, isOurs: Bool = false) {
            self.failure = failure
            self.hasBegun = hasBegun
            self.isOurs = isOurs
        }
    }

    package init(targets: Int, _ policy: Policy = Policy()) {
        self.targets = targets
        self.policy = policy
    }

    /// Begins with the model whose turn it is. `keys` are those that it has, one for a server that
    /// needs none.
    package mutating func begin(_ keys: KeyRing, now: UInt64) -> Action {
        endWait(now)
        limited = []
        guard let key = keys.next(without: spent, now: now) else {
            return waitForKey(keys, now: now)
                ?? giveUpTarget(refusal ?? ChatFailure(.authentication, "no key is of any use"))
        }
        self.key = key
        return .ask(key: key)
    }

    /// The model cannot be asked at all.
    package mutating func unavailable(_ failure: ChatFailure) -> Action { giveUpTarget(failure) }

    /// The server is left alone, or somebody else finds out whether it works again: no try. Another
    /// model takes over at once. Without `seconds` it is not known how long that takes.
    package mutating func keptOut(
        _ failure: ChatFailure, seconds: Double?, now: UInt64
    ) -> Action {
        guard target + 1 >= targets else { return giveUpTarget(failure) }
        guard policy.triesMax > 1 else {
            return giveUpTarget(seconds.map { Self.telling(failure, $0) } ?? failure)
        }
        if let seconds { return pause(seconds, because: failure, isAsked: true, now: now) }
        let left = policy.allWaitsSecondsMax - waitedSeconds
        guard left > 0 else { return giveUpTarget(failure) }
        return pause(
            min(left, policy.waitSecondsMax), because: failure, isAsked: false, now: now)
    }

    /// `random` is in 0..<1.
    package mutating func failed(
        _ setback: Setback, _ keys: KeyRing, random: Double, now: UInt64
    ) -> Action {
        let failure = setback.failure
        // What was shown is not shown again, and a call may have had its effect.
        if setback.hasBegun { return .end(failure) }
        switch failure.kind {
        case .cancelled, .badRequest, .blocked: return .end(failure)
        case .contextTooLong, .modelNotFound, .untrusted: return giveUpTarget(failure)
        case .authentication, .quota:
            spent.insert(key)
            refusal = failure
            return otherKey(keys, failure, now: now) ?? waitForKey(keys, now: now)
                ?? giveUpTarget(failure)
        case .rateLimit:
            limited.insert(key)
            return otherKey(keys, failure, now: now)
                ?? again(failure, keys, random: random, now: now)
        case .malformed, .stalled, .server, .overloaded, .network, .cutShort:
            guard mayPass(setback) else { return giveUpTarget(failure) }
            return again(failure, keys, random: random, now: now)
        }
    }

    // MARK: Keys

    private mutating func otherKey(
        _ keys: KeyRing, _ failure: ChatFailure, now: UInt64
    ) -> Action? {
        let useless = spent.union(limited)
        guard let next = keys.next(without: useless.union([key]), now: now) else { return nil }
        key = next
        return .turnTo(key: next, of: keys.count, because: failure)
    }

    /// Nil if none of them rests.
    private mutating func waitForKey(_ keys: KeyRing, now: UInt64) -> Action? {
        guard let rest = keys.firstToWake(without: spent, now: now) else { return nil }
        var failure = rest.because
        if keys.count > 1 {
            failure.message = "all \(keys.count) keys rest after a limit: \(failure.message)"
        }
        let seconds = Double(rest.untilNanoseconds - now) / 1e9
        return pause(seconds, because: failure, isAsked: true, now: now)
    }

    // MARK: The same model again

    /// Whether the next try may be better.
    private mutating func mayPass(_ setback: Setback) -> Bool {
        switch (setback.failure.kind, setback.isOurs) {
        // A module that hung would hang again, and cost another thread.
        case (.stalled, true), (.malformed, true): return false
        // Models differ from one time to the next; a module may have fallen with another question.
        case (.malformed, false), (.server, true):
            repeats += 1
            return repeats == 1
        default: return true
        }
    }

    private mutating func again(
        _ failure: ChatFailure, _ keys: KeyRing, random: Double, now: UInt64
    ) -> Action {
        tries += 1
        // Of several keys another one may be awake before the one that failed.
        let rest =
            failure.kind == .rateLimit && keys.count > 1
            ? keys.firstToWake(without: spent, now: now) : nil
        let asked =
            rest.map { Double($0.untilNanoseconds - now) / 1e9 } ?? failure.retryAfterSeconds
        guard tries < policy.triesMax, policy.triedAgain.contains(failure.kind) else {
            return giveUpTarget(asked.map { Self.telling(failure, $0) } ?? failure)
        }
        let most = policy.firstDelaySeconds * Double(1 << min(tries - 1, 16))
        var seconds = random * min(most, policy.delaySecondsMax)
        if let asked {
            guard asked <= policy.waitSecondsMax else {
                return giveUpTarget(Self.telling(failure, asked))
            }
            // A little later than asked, so that not all come back at the same instant.
            seconds = max(seconds, asked + random * min(1, asked * 0.1 + 0.1))
        }
        return pause(seconds, because: failure, isAsked: asked != nil, now: now)
    }

    // MARK: Waits

    private var waitedSeconds: Double { Double(waitedNanoseconds) / 1e9 }

    /// Before `begin`, where something else is waited for first.
    package mutating func waitIsOver(now: UInt64) { endWait(now) }

    private mutating func endWait(_ now: UInt64) {
        guard let since = waitsSince else { return }
        waitsSince = nil
        waitedNanoseconds += max(now, since) - since
    }

    private mutating func pause(
        _ seconds: Double, because failure: ChatFailure, isAsked: Bool, now: UInt64
    ) -> Action {
        // What is waited beyond what was asked is ours.
        let isPatient =
            seconds <= policy.waitSecondsMax + 1
            && waitedSeconds + seconds <= policy.allWaitsSecondsMax
        guard isPatient else {
            return giveUpTarget(isAsked ? Self.telling(failure, seconds) : failure)
        }
        waitsSince = now
        return .wait(seconds: seconds, because: failure, next: tries + 1, of: policy.triesMax)
    }

    /// With the time from which on it may be asked again.
    private static func telling(_ failure: ChatFailure, _ seconds: Double) -> ChatFailure {
        guard seconds >= 1 else { return failure }
        var failure = failure
        failure.message += "; it is to be asked again in \(Span.words(seconds)), not before"
        failure.retryAfterSeconds = seconds
        return failure
    }

    private mutating func giveUpTarget(_ failure: ChatFailure) -> Action {
        guard target + 1 < targets else { return .end(failure) }
        target += 1
        tries = 0
        spent = []
        limited = []
        refusal = nil
        repeats = 0
        return .fallBack(to: target, because: failure)
    }
}
