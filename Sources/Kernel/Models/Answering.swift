import KernelBase
import KernelFitting
import KernelHTTP
import KernelSystem
import ModuleChat
import Synchronization

/// A chat that models are asked to go on with: tries, waits, other keys and other models, until one
/// has answered or none is left.
package final class Answering: Sendable {
    private let question: ModelQuestion
    private let tools: AnsweringTools
    let listener: any AnsweringListener
    private let news: InTurn<News>
    private let state: Mutex<State>

    private typealias News = @Sendable (any AnsweringListener) -> Void

    private struct State {
        var life: AnswerLife
        var target = 0
        /// Where that one is asked, once it is known.
        var ready: ReadyTarget?
        var key = 0
        /// Raised with each decision: what belongs to an earlier one is not heard any more.
        var step: UInt64 = 0
        var answer = ChatAnswer(maker: "")
        /// What the model gets, once that was told; the same at each try.
        var prepared: ModelQuestion.Prepared?
        /// Of what this model does not get: one that has crashed is prepared for anew.
        var told: [String] = []
        /// Of a model that is held to the form of a call.
        var reader: SchemaReader?
        var isOver = false
        var held = Held()
    }

    /// What is given back, called off or ended, by whoever takes it out.
    private struct Held {
        var loan: LocalLoan?
        var exchange: ProviderExchange?
        var alarm: Alarms.Token?
        /// The desk is owed a word of what came of the try.
        var pass: EndpointDesk.Pass?
    }

    package init(
        _ question: ModelQuestion, _ tools: AnsweringTools, _ listener: any AnsweringListener
    ) {
        self.question = question
        self.tools = tools
        self.listener = listener
        news = InTurn { $0(listener) }
        state = Mutex(State(life: AnswerLife(targets: question.targets.count, question.policy)))
    }

    package func begin() {
        turnTo(0)
    }

    /// Ends it at once; the listener hears of the end.
    package func cancel() {
        end(ChatFailure(.cancelled, "cancelled"))
    }

    /// Who listens takes more again.
    package func relieved() {
        state.withLock { $0.held.exchange }?.relieved()
    }

    // MARK: The model whose turn it is

    private func turnTo(_ index: Int) {
        let target = question.targets[index]
        let (isOver, loan) = state.withLock { state -> (Bool, LocalLoan?) in
            guard !state.isOver else { return (true, nil) }
            defer { state.held.loan = nil }
            if state.target != index { state.told = [] }
            state.target = index
            state.ready = nil
            state.prepared = nil
            return (false, state.held.loan)
        }
        guard !isOver else { return }
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
                    self.news.add { $0.loads(reference, progress) }
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
            state.held.loan = loan
            return false
        }
        if isOver { loan.giveBack() }
    }

    private func isReady(_ ready: ReadyTarget, _ index: Int) {
        let step = state.withLock { state -> UInt64? in
            guard !state.isOver, state.target == index else { return nil }
            state.ready = ready
            return state.step
        }
        if let step { next(step...step) { $0.life.begin($1, now: $2) } }
    }

    private func notReady(_ failure: ChatFailure, _ index: Int) {
        let decided = state.withLock { state -> (AnswerLife.Action, UInt64)? in
            guard !state.isOver, state.target == index else { return nil }
            state.step += 1
            return (state.life.unavailable(failure), state.step)
        }
        if let (action, step) = decided { carryOut(action, step) }
    }

    // MARK: From one try to the next

    /// Decides what comes next, once: of those who want to after the same step the first one does.
    private func next(
        _ after: ClosedRange<UInt64>,
        _ decide: (inout State, KeyRing, UInt64) -> AnswerLife.Action
    ) {
        let wanted = state.withLock { after.contains($0.step) && !$0.isOver ? $0.ready : nil }
        guard let wanted else { return }
        let keys = tools.desk.keys(of: wanted.endpoint, model: wanted.info.id)
        let now = SystemClock.monotonicNanoseconds
        let decided = state.withLock { state -> (AnswerLife.Action, UInt64, Held)? in
            guard after.contains(state.step), !state.isOver else { return nil }
            state.step += 1
            // Let go of outside of the lock.
            var old = Held()
            swap(&old.exchange, &state.held.exchange)
            swap(&old.alarm, &state.held.alarm)
            let action = decide(&state, keys, now)
            if case .fallBack = action {
                // Nobody who waited for the model before goes on with the next.
                state.step += 1
                state.ready = nil
            }
            return (action, state.step, old)
        }
        guard let (action, step, old) = decided else { return }
        if let alarm = old.alarm { tools.alarms.cancel(alarm) }
        carryOut(action, step)
    }

    private func carryOut(_ action: AnswerLife.Action, _ step: UInt64) {
        switch action {
        // To make an order of a long chat takes a while, which alarms and servers' threads lack.
        case .ask(let key): tools.pool.run { self.ask(key, step) }
        case .turnTo(let key, let count, let failure):
            let turn = AnsweringKey(place: key + 1, count: count, because: failure)
            news.add { $0.takes(turn) }
            tools.pool.run { self.ask(key, step) }
        case .wait(let seconds, let failure, let next, let most):
            let pause = AnsweringPause(
                seconds: seconds, failure: failure, nextTry: next, triesMax: most)
            news.add { $0.waits(pause) }
            wait(seconds, step)
        case .fallBack(let target, let failure):
            let from = question.targets[state.withLock { $0.target }].reference
            let next = question.targets[target].reference
            news.add { $0.fallsBack(from: from, to: next, because: failure) }
            turnTo(target)
        case .end(let failure): end(failure)
        }
    }

    private func wait(_ seconds: Double, _ step: UInt64) {
        let alarm = tools.alarms.run(afterSeconds: seconds) { self.again(step) }
        let isPast = state.withLock { state in
            guard state.step == step, !state.isOver else { return true }
            state.held.alarm = alarm
            return false
        }
        if isPast { tools.alarms.cancel(alarm) }
    }

    /// After a wait. A model of this machine may have crashed: it is borrowed anew, which waits
    /// until it is there again.
    private func again(_ step: UInt64) {
        let target = state.withLock { $0.step == step && !$0.isOver ? $0.target : nil }
        guard let target else { return }
        if case .local = question.targets[target].place {
            // How long that takes counts no more than any other loading.
            state.withLock { $0.life.waitIsOver(now: SystemClock.monotonicNanoseconds) }
            return turnTo(target)
        }
        next(step...step) { $0.life.begin($1, now: $2) }
    }

    private func ask(_ key: Int, _ step: UInt64) {
        let ready = state.withLock { state -> ReadyTarget? in
            guard state.step == step, !state.isOver, let ready = state.ready else { return nil }
            state.key = key
            state.answer = ChatAnswer(maker: ready.dialect)
            state.reader = state.prepared?.calling.map { SchemaReader($0) }
            return ready
        }
        guard let ready else { return }
        let now = SystemClock.monotonicNanoseconds
        // Whoever waits for another's trial may be called before it was told to wait.
        let entrance = tools.desk.enter(ready.endpoint, model: ready.info.id, now: now) {
            [weak self] in
            self?.next(step...(step + 1)) { $0.life.begin($1, now: $2) }
        }
        switch entrance {
        case .kept(let failure, let seconds):
            next(step...step) { state, _, now in
                state.life.keptOut(failure, seconds: seconds, now: now)
            }
        case .entered(let pass): enter(pass, ready, key, step)
        }
    }

    private func enter(
        _ pass: EndpointDesk.Pass, _ target: ReadyTarget, _ key: Int, _ step: UInt64
    ) {
        let isPast = state.withLock { state in
            guard state.step == step, !state.isOver else { return true }
            state.held.pass = pass
            return false
        }
        if isPast { return tools.desk.saidNothing(pass) }
        switch tools.providers.provider(target.endpoint.module) {
        case .failure(let failure): failed(failure, step, isOurs: true)
        case .success(let port): send(to: target, through: port, key, step)
        }
    }

    private func send(
        to target: ReadyTarget, through port: any ProviderPort, _ key: Int, _ step: UInt64
    ) {
        let attempt = Attempt(target: target, key: key, step: step)
        if let prepared = state.withLock({ $0.prepared }) {
            return send(.chat(prepared.order), attempt, through: port, attempt.ear(of: self))
        }
        let prepared = question.order(for: target)
        let tell: @Sendable (Int?) -> Void = { counted in
            let losses = prepared.losses(counted: counted, by: target.reference)
            let new = self.state.withLock { state -> [String] in
                guard state.step == step, !state.isOver else { return [] }
                state.prepared = prepared
                state.reader = prepared.calling.map { SchemaReader($0) }
                defer { state.told += losses }
                return losses.filter { !state.told.contains($0) }
            }
            if !new.isEmpty { self.news.add { $0.loses(new) } }
            self.send(.chat(prepared.order), attempt, through: port, attempt.ear(of: self))
        }
        // Another order is another exchange with the module.
        guard prepared.windowTokensTight != nil, canCount(target),
            case .success(let counting) = tools.providers.provider(target.endpoint.module)
        else { return tell(nil) }
        var patient = attempt
        patient.target.endpoint.limits.totalSeconds = TokenCount.secondsMax
        let count = TokenCount { counted in self.tools.pool.run { tell(counted) } }
        send(.tokens(prepared.order), patient, through: counting, count)
    }

    private func canCount(_ target: ReadyTarget) -> Bool {
        tools.providers.descriptions[target.endpoint.module]?.orders.contains(.tokens) == true
    }

    private func send(
        _ action: ProviderOrder.Action, _ attempt: Attempt, through port: any ProviderPort,
        _ listener: any ProviderListener
    ) {
        let endpoint = attempt.target.endpoint
        let keys = endpoint.keys
        let exchange = ProviderExchange(
            ProviderOrder(action, at: endpoint.server), by: port, at: endpoint,
            key: keys.indices.contains(attempt.key) ? keys[attempt.key] : nil,
            means: ProviderExchange.Means(client: tools.client, alarms: tools.alarms), listener)
        // The one before is let go of outside of the lock.
        let (isPast, _) = state.withLock { state in
            guard state.step == attempt.step, !state.isOver else {
                return (true, nil as ProviderExchange?)
            }
            defer { state.held.exchange = exchange }
            return (false, state.held.exchange)
        }
        // Cancelled meanwhile: it is begun all the same, so that the port hears of its end.
        if isPast { exchange.cancel() } else { news.add { $0.asks(attempt.target.reference) } }
        exchange.begin()
    }

    // MARK: What a try says

    func took(_ event: ProviderEvent, _ step: UInt64) {
        guard case .chat(let event) = event else { return }
        let events = state.withLock { state -> [ChatEvent] in
            guard state.step == step, !state.isOver else { return [] }
            let events = state.reader?.take(event) ?? [event]
            for event in events { state.answer.take(event) }
            return events
        }
        for event in events { news.add { $0.took(event) } }
        // That is the reader's: the server would talk on.
        let isHopeless = events.contains { if case .failure = $0 { true } else { false } }
        if isHopeless { state.withLock { $0.held.exchange }?.cancel() }
    }

    /// `ours` is no doing of the server.
    func closed(_ ours: ChatFailure?, _ step: UInt64) {
        let answer = state.withLock { $0.step == step && !$0.isOver ? $0.answer : nil }
        guard let answer else { return }
        guard let problem = ours ?? answer.problem else { return succeed(step) }
        failed(problem, step, isOurs: ours != nil)
    }

    private func succeed(_ step: UInt64) {
        if let (pass, key) = takePass(step) { tools.desk.worked(pass, key: key) }
        end(nil)
    }

    private func failed(_ failure: ChatFailure, _ step: UInt64, isOurs: Bool) {
        guard let (pass, key) = takePass(step) else { return }
        if isOurs {
            tools.desk.saidNothing(pass)
        } else {
            let now = SystemClock.monotonicNanoseconds
            tools.desk.failed(pass, key: key, failure, now: now)
        }
        next(step...step) { state, keys, now in
            let setback = AnswerLife.Setback(
                failure, hasBegun: state.answer.hasBegun, isOurs: isOurs)
            return state.life.failed(
                setback, keys, random: Double.random(in: 0..<1), now: now)
        }
    }

    private func takePass(_ step: UInt64) -> (EndpointDesk.Pass, key: Int)? {
        state.withLock { state in
            guard state.step == step, !state.isOver, let pass = state.held.pass else { return nil }
            state.held.pass = nil
            return (pass, state.key)
        }
    }

    // MARK: The end

    private func end(_ failure: ChatFailure?) {
        let last = state.withLock { state -> State? in
            guard !state.isOver else { return nil }
            state.isOver = true
            // Whoever takes it out gives it back: nobody else does so again.
            defer { state.held = Held() }
            return state
        }
        guard let last else { return }
        last.held.exchange?.cancel()
        if let alarm = last.held.alarm { tools.alarms.cancel(alarm) }
        if let pass = last.held.pass { tools.desk.saidNothing(pass) }
        guard let loan = last.held.loan else { return tell(last, failure) }
        guard let failure, failure.mayBeCrash else {
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

    private func tell(_ last: State, _ failure: ChatFailure?) {
        let end = AnsweringEnd(
            answer: last.answer, by: question.targets[last.target].reference, failure: failure)
        news.add({ $0.ended(end) }, isLast: true)
    }
}
