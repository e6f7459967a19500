package import KernelHTTP
package import KernelSystem
package import ModuleChat
import Synchronization

/// A chat that models are asked to go on with: tries, waits, other keys and other models, until one
/// has answered or none is left.
package final class Answering: Sendable {
    private let question: ModelQuestion
    private let tools: AnsweringTools
    private let listener: any AnsweringListener
    private let state: Mutex<State>

    private struct State {
        var life: AnswerLife
        var target = 0
        var key = 0
        /// Raised with each try: what a try says that is over is not heard.
        var number: UInt64 = 0
        var answer: ChatAnswer
        var exchange: ProviderExchange?
        var alarm: Alarms.Token?
        var isOver = false
    }

    package init(
        _ question: ModelQuestion, _ tools: AnsweringTools, _ listener: any AnsweringListener
    ) {
        self.question = question
        self.tools = tools
        self.listener = listener
        state = Mutex(
            State(
                life: AnswerLife(targets: question.targets.count, question.policy),
                answer: ChatAnswer(maker: "")))
    }

    package func begin() {
        next { $0.life.begin($1, now: $2) }
    }

    /// Ends it at once; the listener hears of the end.
    package func cancel() {
        let exchange = state.withLock { state -> ProviderExchange? in
            state.alarm.map { tools.alarms.cancel($0) }
            return state.exchange
        }
        exchange?.cancel()
        if exchange == nil { end(ChatFailure(.cancelled, "cancelled")) }
    }

    // MARK: From one try to the next

    private func next(
        _ step: (inout State, KeyRing, UInt64) -> AnswerLife.Action
    ) {
        let action = state.withLock { state -> AnswerLife.Action? in
            guard !state.isOver else { return nil }
            let keys = tools.desk.keys(of: question.targets[state.target].endpoint)
            state.exchange = nil
            state.alarm = nil
            return step(&state, keys, SystemClock.monotonicNanoseconds)
        }
        if let action { carryOut(action) }
    }

    private func carryOut(_ action: AnswerLife.Action) {
        switch action {
        case .ask(let target, let key): ask(target, key)
        case .wait(let seconds, let failure, let next, let most):
            listener.waits(
                AnsweringPause(
                    seconds: seconds, failure: failure, nextTry: next, triesMax: most))
            let alarm = tools.alarms.run(afterSeconds: seconds) {
                self.next { $0.life.waited($1, now: $2) }
            }
            state.withLock { $0.alarm = alarm }
        case .fallBack(let target, let failure):
            let from = state.withLock { state -> Int in
                defer { state.target = target }
                return state.target
            }
            listener.fallsBack(
                from: question.targets[from].reference, to: question.targets[target].reference,
                because: failure)
            next { $0.life.begin($1, now: $2) }
        case .end(let failure): end(failure)
        }
    }

    private func ask(_ index: Int, _ key: Int) {
        let target = question.targets[index]
        let number = state.withLock { state -> UInt64 in
            state.key = key
            state.number += 1
            state.answer = ChatAnswer(maker: target.dialect)
            return state.number
        }
        if let refusal = tools.desk.enter(target.endpoint, now: SystemClock.monotonicNanoseconds) {
            return failed(refusal, number, isOfServer: false)
        }
        switch tools.providers.provider(target.endpoint.module) {
        case .failure(let failure): failed(failure, number, isOfServer: false)
        case .success(let port):
            let prepared = question.order(for: target)
            if !prepared.losses.isEmpty { listener.loses(prepared.losses) }
            let exchange = ProviderExchange(
                ProviderOrder(.chat(prepared.order), at: target.server), by: port,
                at: target.endpoint, key: target.endpoint.keys.indices.contains(key)
                    ? target.endpoint.keys[key] : nil,
                client: tools.client, Ear(answering: self, number: number))
            let isOver = state.withLock { state in
                state.exchange = exchange
                return state.isOver
            }
            // Cancelled meanwhile: it is begun all the same, so that the port hears of its end.
            if isOver { exchange.cancel() }
            exchange.begin()
        }
    }

    // MARK: What a try says

    /// Listens for one try.
    private struct Ear: ProviderListener {
        let answering: Answering
        let number: UInt64

        func took(_ event: ProviderEvent) { answering.took(event, number) }
        func closed(_ failure: ChatFailure?) { answering.closed(number) }
    }

    private func took(_ event: ProviderEvent, _ number: UInt64) {
        guard case .chat(let event) = event else { return }
        let isHeard = state.withLock { state -> Bool in
            guard state.number == number, !state.isOver else { return false }
            state.answer.take(event)
            return true
        }
        if isHeard { listener.took(event) }
    }

    private func closed(_ number: UInt64) {
        let answer = state.withLock { $0.number == number && !$0.isOver ? $0.answer : nil }
        guard let answer else { return }
        guard let problem = answer.problem else { return succeed(answer) }
        failed(problem, number, isOfServer: true)
    }

    private func succeed(_ answer: ChatAnswer) {
        let (target, key) = state.withLock { state in
            state.isOver = true
            return (question.targets[state.target], state.key)
        }
        tools.desk.worked(target.endpoint, key: key)
        listener.ended(AnsweringEnd(answer: answer, by: target.reference, failure: nil))
    }

    private func failed(_ failure: ChatFailure, _ number: UInt64, isOfServer: Bool) {
        let facts = state.withLock { state -> (ModelTarget, Int, Bool)? in
            guard state.number == number, !state.isOver else { return nil }
            return (question.targets[state.target], state.key, state.answer.hasBegun)
        }
        guard let (target, key, hasBegun) = facts else { return }
        if isOfServer {
            tools.desk.failed(
                target.endpoint, key: key, failure, now: SystemClock.monotonicNanoseconds)
        }
        next {
            $0.life.failed(
                failure, hasBegun: hasBegun, $1, random: Double.random(in: 0..<1), now: $2)
        }
    }

    private func end(_ failure: ChatFailure) {
        let facts = state.withLock { state -> (ChatAnswer, ModelTarget)? in
            guard !state.isOver else { return nil }
            state.isOver = true
            return (state.answer, question.targets[state.target])
        }
        guard let (answer, target) = facts else { return }
        listener.ended(AnsweringEnd(answer: answer, by: target.reference, failure: failure))
    }
}

/// What a question needs of the kernel.
package struct AnsweringTools: Sendable {
    package let providers: any ProviderSource
    package let desk: EndpointDesk
    package let client: HTTPClient
    package let alarms: Alarms

    package init(
        providers: any ProviderSource, desk: EndpointDesk, client: HTTPClient, alarms: Alarms
    ) {
        self.providers = providers
        self.desk = desk
        self.client = client
        self.alarms = alarms
    }
}

/// Hears how an answer comes along, in order, one thing at a time.
package protocol AnsweringListener: Sendable {
    func took(_ event: ChatEvent)
    /// What the model that is asked now will not see.
    func loses(_ losses: [String])
    func waits(_ pause: AnsweringPause)
    func fallsBack(from: ModelReference, to: ModelReference, because: ChatFailure)
    /// Last, once.
    func ended(_ end: AnsweringEnd)
}

/// A wait before the same model is asked again.
package struct AnsweringPause: Sendable, Hashable {
    package let seconds: Double
    package let failure: ChatFailure
    package let nextTry: Int
    package let triesMax: Int
}

/// What came of a question: an answer, or as much of one as came.
package struct AnsweringEnd: Sendable {
    package let answer: ChatAnswer
    package let by: ModelReference
    /// Nil: the answer is whole.
    package let failure: ChatFailure?
}
