import KernelModels
import ModuleChat
import Testing

@Suite struct AnswerLifeTests {
    private static let second: UInt64 = 1_000_000_000

    /// One question, with the middle of every random choice, at a standing clock.
    private struct Question {
        var life: AnswerLife
        var keys: KeyRing
        var now: UInt64 = 1_000 * second

        init(targets: Int = 1, keys: Int = 1) {
            life = AnswerLife(targets: targets)
            self.keys = KeyRing(count: keys)
        }

        mutating func begin() -> AnswerLife.Action { life.begin(keys, now: now) }

        mutating func fail(
            _ kind: ChatFailure.Kind, retryAfter: Double? = nil, hasBegun: Bool = false,
            isOurs: Bool = false
        ) -> AnswerLife.Action {
            let failure = ChatFailure(kind, "\(kind)", retryAfterSeconds: retryAfter)
            return life.failed(
                AnswerLife.Setback(failure, hasBegun: hasBegun, isOurs: isOurs), keys,
                random: 0.5, now: now)
        }

        mutating func rest(
            _ key: Int, seconds: UInt64, _ kind: ChatFailure.Kind = .rateLimit
        ) {
            keys.rest(
                key, untilNanoseconds: now + seconds * AnswerLifeTests.second,
                because: ChatFailure(kind, "key \(key) has had enough"))
        }

        mutating func pass(seconds: Double) { now += UInt64(seconds * 1e9) }
    }

    @Test func `what is waited for beside the pause counts as no wait`() {
        for isOver in [true, false] {
            var question = Question()
            #expect(question.begin() == .ask(key: 0))
            guard case .wait = question.fail(.network) else {
                Issue.record("no wait")
                return
            }
            question.pass(seconds: 1)
            if isOver { question.life.waitIsOver(now: question.now) }
            // A model of this machine is loaded again.
            question.pass(seconds: 600)
            #expect(question.begin() == .ask(key: 0))
            let next = question.fail(.network)
            if case .wait = next { #expect(isOver) } else { #expect(!isOver) }
        }
    }

    @Test(
        arguments: [
            ChatFailure.Kind.network, .overloaded, .server, .stalled, .cutShort, .rateLimit,
        ]) func `what may pass is tried again, later each time, and not for ever`(
            kind: ChatFailure.Kind
        )
    {
        var question = Question()
        #expect(question.begin() == .ask(key: 0))
        for (expected, next) in [(0.25, 2), (0.5, 3), (1.0, 4)] {
            #expect(
                question.fail(kind)
                    == .wait(
                        seconds: expected, because: ChatFailure(kind, "\(kind)"), next: next, of: 4)
            )
            #expect(question.begin() == .ask(key: 0))
        }
        #expect(question.fail(kind) == .end(ChatFailure(kind, "\(kind)")))
    }

    @Test(
        arguments: [
            ChatFailure.Kind.badRequest, .blocked, .cancelled, .authentication, .quota,
            .contextTooLong, .modelNotFound, .untrusted,
        ]) func `what would fail again is not tried again`(kind: ChatFailure.Kind)
    {
        var question = Question()
        _ = question.begin()
        #expect(question.fail(kind) == .end(ChatFailure(kind, "\(kind)")))
    }

    @Test(arguments: ChatFailure.Kind.allCases)
    func `an answer that has begun is never asked again`(
        kind: ChatFailure.Kind
    ) {
        var question = Question(targets: 3, keys: 3)
        _ = question.begin()
        #expect(question.fail(kind, hasBegun: true) == .end(ChatFailure(kind, "\(kind)")))
    }

    @Test func `the time that a server names is waited for, and a little more`() {
        var question = Question()
        _ = question.begin()
        guard case .wait(let seconds, _, _, _) = question.fail(.rateLimit, retryAfter: 10) else {
            Issue.record("no wait")
            return
        }
        #expect(seconds > 10 && seconds < 11)
        #expect(
            question.fail(.overloaded, retryAfter: 3_600)
                == .end(
                    ChatFailure(
                        .overloaded, "overloaded; it is to be asked again in 60 min, not before",
                        retryAfterSeconds: 3_600)))
    }

    @Test(arguments: [0, 0.1, -5, .nan] as [Double])
    func `who may be asked again at once is not, but as any other`(seconds: Double) {
        var question = Question()
        for expected in [0.25, 0.5, 1.0] {
            _ = question.begin()
            guard case .wait(let wait, _, _, _) = question.fail(.rateLimit, retryAfter: seconds)
            else {
                Issue.record("no wait")
                return
            }
            #expect(wait >= expected && wait < expected + 0.2)
        }
    }

    @Test func `no time that a server names is waited for that is none`() {
        var question = Question()
        _ = question.begin()
        guard case .end(let failure) = question.fail(.rateLimit, retryAfter: 1e300) else {
            Issue.record("no end")
            return
        }
        #expect(failure.message.hasSuffix("asked again in 8760 h, not before"))
    }

    @Test(arguments: [ChatFailure.Kind.authentication, .quota, .rateLimit])
    func `with several keys the next is taken at once`(kind: ChatFailure.Kind) {
        var question = Question(keys: 3)
        #expect(question.begin() == .ask(key: 0))
        let failure = ChatFailure(kind, "\(kind)")
        question.rest(0, seconds: 60)
        #expect(question.fail(kind) == .turnTo(key: 1, of: 3, because: failure))
        question.rest(1, seconds: 60)
        #expect(question.fail(kind) == .turnTo(key: 2, of: 3, because: failure))
    }

    @Test func `keys that are awake at once again are asked once in each try`() {
        var question = Question(keys: 2)
        var asked = 0
        var action = question.begin()
        for _ in 0..<100 {
            switch action {
            case .ask, .turnTo:
                asked += 1
                action = question.fail(.rateLimit, retryAfter: 0)
            case .wait: action = question.begin()
            default: break
            }
        }
        guard case .end = action else {
            Issue.record("no end")
            return
        }
        #expect(asked == 8)
    }

    @Test func `what one question waits has an end`() {
        var question = Question()
        var waits = 0
        var waited = 0.0
        // Another client's question meets the limit again each time before this one is asked.
        question.rest(0, seconds: 50)
        var action = question.begin()
        while case .wait(let seconds, _, _, _) = action, waits < 100 {
            waits += 1
            waited += seconds
            question.pass(seconds: seconds)
            question.rest(0, seconds: 50)
            action = question.begin()
        }
        #expect(waits == 3 && waited == 150)
        guard case .end(let failure) = action else {
            Issue.record("no end")
            return
        }
        #expect(
            failure.message
                == "key 0 has had enough; it is to be asked again in 50 s, not before")
    }

    @Test(arguments: [(false, 2), (true, 1)])
    func `what the model says wrongly is asked for once more`(isOurs: Bool, times: Int) {
        var question = Question()
        var asked = 0
        while asked < 10, case .ask = question.begin() {
            asked += 1
            guard case .wait = question.fail(.malformed, isOurs: isOurs) else { break }
        }
        #expect(asked == times)
    }

    @Test func `a module that hung is not made to hang again`() {
        var question = Question(targets: 2)
        _ = question.begin()
        let failure = ChatFailure(.stalled, "stalled")
        #expect(question.fail(.stalled, isOurs: true) == .fallBack(to: 1, because: failure))
    }

    @Test func `who is kept out has not tried, and another model takes over at once`() {
        let failure = ChatFailure(.overloaded, "left alone", retryAfterSeconds: 15)
        var question = Question()
        for _ in 0..<6 {
            #expect(question.begin() == .ask(key: 0))
            #expect(
                question.life.keptOut(failure, seconds: 15, now: question.now)
                    == .wait(seconds: 15, because: failure, next: 1, of: 4))
            question.pass(seconds: 15)
        }
        _ = question.begin()
        // As long as somebody else's trial takes, but not for ever.
        #expect(
            question.life.keptOut(failure, seconds: nil, now: question.now)
                == .wait(seconds: 60, because: failure, next: 1, of: 4))
        question.pass(seconds: 90)
        _ = question.begin()
        #expect(
            question.life.keptOut(failure, seconds: nil, now: question.now) == .end(failure))
        var other = Question(targets: 2)
        _ = other.begin()
        #expect(
            other.life.keptOut(failure, seconds: 15, now: other.now)
                == .fallBack(to: 1, because: failure))
    }

    @Test func `a policy may have failures told at once`() {
        var policy = AnswerLife.Policy()
        policy.triedAgain = [.overloaded]
        for (kind, waits) in [(ChatFailure.Kind.overloaded, true), (.network, false)] {
            var question = Question()
            question.life = AnswerLife(targets: 1, policy)
            _ = question.begin()
            var isWaiting = false
            if case .wait = question.fail(kind) { isWaiting = true }
            #expect(isWaiting == waits)
        }
    }

    @Test func `keys that are refused are not tried twice for one question`() {
        var question = Question(keys: 2)
        _ = question.begin()
        let failure = ChatFailure(.authentication, "authentication")
        #expect(question.fail(.authentication) == .turnTo(key: 1, of: 2, because: failure))
        #expect(
            question.fail(.authentication)
                == .end(ChatFailure(.authentication, "authentication")))
    }

    @Test func `a refused key is passed over while others serve, or will`() {
        var question = Question(keys: 2)
        question.rest(0, seconds: 3_600, .authentication)
        #expect(question.begin() == .ask(key: 1))
        question.rest(1, seconds: 5)
        guard case .wait(let seconds, let failure, _, _) = question.begin() else {
            Issue.record("no wait")
            return
        }
        #expect(seconds == 5)
        #expect(failure.message == "all 2 keys rest after a limit: key 1 has had enough")
        // With none left that was not refused, one is tried again.
        question.rest(1, seconds: 3_600, .authentication)
        #expect(question.begin() == .ask(key: 0))
    }

    @Test func `while all keys rest the first that wakes is waited for, if that is soon`() {
        var question = Question(keys: 2)
        question.rest(0, seconds: 30)
        question.rest(1, seconds: 5)
        guard case .wait(let seconds, _, _, _) = question.begin() else {
            Issue.record("no wait")
            return
        }
        #expect(seconds == 5)
        question.rest(0, seconds: 600)
        question.rest(1, seconds: 700)
        guard case .end(let failure) = question.begin() else {
            Issue.record("no end")
            return
        }
        #expect(failure.kind == .rateLimit && failure.retryAfterSeconds == 600)
        #expect(
            failure.message.hasSuffix(
                "key 0 has had enough; it is to be asked again in 10 min, not before"))
    }

    @Test func `the next model begins anew, and after the last one it is over`() {
        var question = Question(targets: 2)
        _ = question.begin()
        let failure = ChatFailure(.modelNotFound, "modelNotFound")
        #expect(question.fail(.modelNotFound) == .fallBack(to: 1, because: failure))
        #expect(question.begin() == .ask(key: 0))
        guard case .wait(_, _, let next, _) = question.fail(.network) else {
            Issue.record("no wait")
            return
        }
        #expect(next == 2)
        #expect(question.life.unavailable(failure) == .end(failure))
    }

    @Test(arguments: [
        ("openai/gpt-5", "openai", "gpt-5"), ("router/meta/llama", "router", "meta/llama"),
    ]) func `the provider stands before the first slash`(
        text: String, provider: String, model: String
    ) {
        #expect(ModelReference(text) == ModelReference(provider: provider, model: model))
        #expect("\(ModelReference(provider: provider, model: model))" == text)
    }

    @Test(arguments: ["", "gpt", "/gpt", "openai/"]) func `what has no two parts is no reference`(
        text: String
    ) {
        #expect(ModelReference(text) == nil)
    }
}
