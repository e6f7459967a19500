import KernelHTTP
import KernelSystem
import ModuleChat
import Synchronization

/// A chat that models are asked to go on with: tries, waits, other keys and other models, until one
/// has answered or none is left.
package final class Answering: Sendable {
    private let question: ModelQuestion
    private let tools: AnsweringTools
    private let news: AnsweringNews
    private let state: Mutex<State>

    private struct State {
        var life: AnswerLife
        var target = 0
        /// Where that one is asked, once it is known.
        var ready: ReadyTarget?
        var loan: LocalLoan?
        var key = 0
        /// Raised with each try: what a try says that is over is not heard.
        var number: UInt64 = 0
        var answer = ChatAnswer(maker: "")
        var exchange: ProviderExchange?
        var alarm: Alarms.Token?
        var isOver = false
    }

    package init(
        _ question: ModelQuestion, _ tools: AnsweringTools, _ listener: any AnsweringListener
    ) {
        self.question = question
        self.tools = tools
        news = AnsweringNews(for: listener)
        state = Mutex(State(life: AnswerLife(targets: question.targets.count, question.policy)))
    }

    package func begin() {
        turnTo(0)
    }

    /// Ends it at once; the listener hears of the end.
    package func cancel() {
        let exchange = state.withLock { $0.exchange }
        exchange?.cancel()
        end(ChatFailure(.cancelled, "cancelled"))
    }

    // MARK: The model whose turn it is

    private func turnTo(_ index: Int) {
        let target = question.targets[index]
        let loan = state.withLock { state -> LocalLoan? in
            defer { state.loan = nil }
            state.target = index
            state.ready = nil
            return state.loan
        }
        loan?.giveBack()
        switch target.place {
        case .server(let endpoint, let dialect):
            isReady(
                ReadyTarget(
                    reference: target.reference, endpoint: endpoint, dialect: dialect,
                    info: target.info), index)
        case .local(let name): borrow(name, target.reference, index)
        }
    }

    private func borrow(_ name: String, _ reference: ModelReference, _ index: Int) {
        let loan = tools.local.borrow(
            name,
            progress: { progress in
                if self.state.withLock({ !$0.isOver && $0.target == index }) {
                    self.news.tell { $0.loads(reference, progress) }
                }
            },
            done: { loaded in
                switch loaded {
                case .success(let model):
                    self.isReady(
                        ReadyTarget(
                            reference: reference, endpoint: model.endpoint, dialect: model.dialect,
                            info: model.info), index)
                case .failure(let failure): self.notReady(failure, index)
                }
            })
        let isOver = state.withLock { state -> Bool in
            guard !state.isOver, state.target == index else { return true }
            state.loan = loan
            return false
        }
        if isOver { loan.giveBack() }
    }

    private func isReady(_ ready: ReadyTarget, _ index: Int) {
        let isWanted = state.withLock { state -> Bool in
            guard !state.isOver, state.target == index else { return false }
            state.ready = ready
            return true
        }
        if isWanted { next { $0.life.begin($1, now: $2) } }
    }

    private func notReady(_ failure: ChatFailure, _ index: Int) {
        let action = state.withLock { state -> AnswerLife.Action? in
            guard !state.isOver, state.target == index else { return nil }
            return state.life.unavailable(failure)
        }
        if let action { carryOut(action) }
    }

    // MARK: From one try to the next

    private func next(_ step: (inout State, KeyRing, UInt64) -> AnswerLife.Action) {
        let action = state.withLock { state -> AnswerLife.Action? in
            guard !state.isOver, let ready = state.ready else { return nil }
            state.exchange = nil
            state.alarm = nil
            return step(
                &state, tools.desk.keys(of: ready.endpoint), SystemClock.monotonicNanoseconds)
        }
        if let action { carryOut(action) }
    }

    private func carryOut(_ action: AnswerLife.Action) {
        switch action {
        case .ask(let key): ask(key)
        case .wait(let seconds, let failure, let next, let most):
            let pause = AnsweringPause(
                seconds: seconds, failure: failure, nextTry: next, triesMax: most)
            news.tell { $0.waits(pause) }
            let alarm = tools.alarms.run(afterSeconds: seconds) {
                self.next { $0.life.begin($1, now: $2) }
            }
            let isOver = state.withLock { state in
                state.alarm = alarm
                return state.isOver
            }
            if isOver { tools.alarms.cancel(alarm) }
        case .fallBack(let target, let failure):
            let from = question.targets[state.withLock { $0.target }].reference
            let next = question.targets[target].reference
            news.tell { $0.fallsBack(from: from, to: next, because: failure) }
            turnTo(target)
        case .end(let failure): end(failure)
        }
    }

    private func ask(_ key: Int) {
        let begun = state.withLock { state -> (ReadyTarget, UInt64)? in
            guard let ready = state.ready else { return nil }
            state.key = key
            state.number += 1
            state.answer = ChatAnswer(maker: ready.dialect)
            return (ready, state.number)
        }
        guard let (target, number) = begun else { return }
        if let refusal = tools.desk.enter(target.endpoint, now: SystemClock.monotonicNanoseconds) {
            return failed(refusal, number, isOfServer: false)
        }
        switch tools.providers.provider(target.endpoint.module) {
        case .failure(let failure): failed(failure, number, isOfServer: false)
        case .success(let port): send(to: target, through: port, key, number)
        }
    }

    private func send(
        to target: ReadyTarget, through port: any ProviderPort, _ key: Int, _ number: UInt64
    ) {
        let prepared = question.order(for: target)
        if !prepared.losses.isEmpty { news.tell { $0.loses(prepared.losses) } }
        let keys = target.endpoint.keys
        let exchange = ProviderExchange(
            ProviderOrder(.chat(prepared.order), at: target.endpoint.server), by: port,
            at: target.endpoint, key: keys.indices.contains(key) ? keys[key] : nil,
            client: tools.client, Ear(answering: self, number: number))
        let isOver = state.withLock { state in
            state.exchange = exchange
            return state.isOver
        }
        // Cancelled meanwhile: it is begun all the same, so that the port hears of its end.
        if isOver { exchange.cancel() }
        exchange.begin()
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
        if isHeard { news.tell { $0.took(event) } }
    }

    private func closed(_ number: UInt64) {
        let answer = state.withLock { $0.number == number && !$0.isOver ? $0.answer : nil }
        guard let answer else { return }
        guard let problem = answer.problem else { return succeed(answer) }
        failed(problem, number, isOfServer: true)
    }

    private func succeed(_ answer: ChatAnswer) {
        let facts = state.withLock { state -> (ReadyTarget, Int)? in
            guard !state.isOver, let ready = state.ready else { return nil }
            return (ready, state.key)
        }
        guard let (target, key) = facts else { return }
        tools.desk.worked(target.endpoint, key: key)
        end(nil)
    }

    private func failed(_ failure: ChatFailure, _ number: UInt64, isOfServer: Bool) {
        let facts = state.withLock { state -> (ReadyTarget, Int, Bool)? in
            guard state.number == number, !state.isOver, let ready = state.ready else { return nil }
            return (ready, state.key, state.answer.hasBegun)
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

    private func end(_ failure: ChatFailure?) {
        let last = state.withLock { state -> State? in
            guard !state.isOver else { return nil }
            state.isOver = true
            return state
        }
        guard let last else { return }
        last.alarm.map { tools.alarms.cancel($0) }
        guard let loan = last.loan else { return tell(last, failure) }
        guard let failure, Self.mayBeCrash(failure) else {
            loan.giveBack()
            return tell(last, failure)
        }
        loan.explain { reason in
            var failure = failure
            if let reason { failure.message += ": \(reason)" }
            loan.giveBack()
            self.tell(last, failure)
        }
    }

    private static func mayBeCrash(_ failure: ChatFailure) -> Bool {
        switch failure.kind {
        case .network, .cutShort, .malformed, .server: true
        default: false
        }
    }

    private func tell(_ last: State, _ failure: ChatFailure?) {
        let end = AnsweringEnd(
            answer: last.answer, by: question.targets[last.target].reference, failure: failure)
        news.tell(isEnd: true) { $0.ended(end) }
    }
}
