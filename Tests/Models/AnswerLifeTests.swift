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
            _ kind: ChatFailure.Kind, retryAfter: Double? = nil, hasBegun: Bool = false
        ) -> AnswerLife.Action {
            life.failed(
                ChatFailure(kind, "\(kind)", retryAfterSeconds: retryAfter), hasBegun: hasBegun,
                keys, random: 0.5, now: now)
        }
    }

    @Test(
        arguments: [
            ChatFailure.Kind.network, .overloaded, .server, .stalled, .cutShort, .malformed,
            .rateLimit,
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
            .contextTooLong, .modelNotFound,
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
                == .end(ChatFailure(.overloaded, "overloaded", retryAfterSeconds: 3_600)))
    }

    @Test(arguments: [ChatFailure.Kind.authentication, .quota, .rateLimit])
    func `with several keys the next is taken at once`(kind: ChatFailure.Kind) {
        var question = Question(keys: 3)
        #expect(question.begin() == .ask(key: 0))
        question.keys.rest(0, untilNanoseconds: question.now + 60 * Self.second)
        #expect(question.fail(kind) == .ask(key: 1))
        question.keys.rest(1, untilNanoseconds: question.now + 60 * Self.second)
        #expect(question.fail(kind) == .ask(key: 2))
    }

    @Test func `keys that are refused are not tried twice for one question`() {
        var question = Question(keys: 2)
        _ = question.begin()
        #expect(question.fail(.authentication) == .ask(key: 1))
        #expect(
            question.fail(.authentication)
                == .end(ChatFailure(.authentication, "authentication")))
    }

    @Test func `while all keys rest the first that wakes is waited for, if that is soon`() {
        var question = Question(keys: 2)
        question.keys.rest(0, untilNanoseconds: question.now + 30 * Self.second)
        question.keys.rest(1, untilNanoseconds: question.now + 5 * Self.second)
        guard case .wait(let seconds, _, _, _) = question.begin() else {
            Issue.record("no wait")
            return
        }
        #expect(seconds == 5)
        question.keys.rest(0, untilNanoseconds: question.now + 600 * Self.second)
        question.keys.rest(1, untilNanoseconds: question.now + 700 * Self.second)
        guard case .end(let failure) = question.begin() else {
            Issue.record("no end")
            return
        }
        #expect(failure.kind == .rateLimit && failure.retryAfterSeconds == 600)
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

    @Test func `a circuit opens after five failures, lets one through, and closes when it works`() {
        var circuit = Circuit()
        let failure = ChatFailure(.server, "down")
        for _ in 0..<5 {
            #expect(circuit.enter(now: 0) == .open)
            circuit.failed(failure, now: 0)
        }
        #expect(circuit.enter(now: 0) == .shut(untilNanoseconds: 15 * Self.second))
        #expect(circuit.lastFailure == failure)
        // One tries; the others wait for it.
        #expect(circuit.enter(now: 15 * Self.second) == .open)
        #expect(
            circuit.enter(now: 15 * Self.second) == .shut(untilNanoseconds: 16 * Self.second))
        circuit.failed(failure, now: 16 * Self.second)
        #expect(circuit.enter(now: 20 * Self.second) == .shut(untilNanoseconds: 46 * Self.second))
        #expect(circuit.enter(now: 46 * Self.second) == .open)
        circuit.worked()
        #expect(circuit.enter(now: 46 * Self.second) == .open)
        #expect(circuit.enter(now: 46 * Self.second) == .open)
    }

    @Test(arguments: [
        (ChatFailure.Kind.network, true), (.overloaded, true), (.stalled, true), (.cutShort, true),
        (.server, true), (.authentication, false), (.rateLimit, false), (.badRequest, false),
        (.contextTooLong, false), (.blocked, false), (.cancelled, false), (.malformed, false),
    ]) func `only failures of the server open its circuit`(
        kind: ChatFailure.Kind, isOfServer: Bool
    ) {
        #expect(Circuit.isOfServer(ChatFailure(kind, "")) == isOfServer)
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
