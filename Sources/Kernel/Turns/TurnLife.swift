package import ModuleChat

/// What becomes of what a person has said: a model is asked, what it wants done is judged and done,
/// it is asked again, until it has answered or something ends it. A value without I/O: what
/// happened goes in, what is to be done comes out, in order.
///
/// What comes too late, such as the answer to a question that was withdrawn, changes nothing.
package struct TurnLife: Sendable {
    package private(set) var stage = Stage.new
    package private(set) var meter: TurnMeter
    /// Said meanwhile to be heard before the model is asked again. What is left at the end was not.
    package private(set) var steering: [SteeringMessage] = []
    private var round = TurnRound([])
    /// Why it ends as soon as nothing runs any more.
    private var ending: TurnEnd?

    package enum Stage: Sendable, Hashable, CaseIterable {
        case new
        /// The prompt is put together.
        case preparing
        /// A model answers.
        case asking
        /// What it wants done is judged and done.
        case acting
        case ended
    }

    package enum Action: Sendable, Hashable {
        /// Put the prompt together; then `prepared` or `unprepared`.
        case prepare
        /// Put these into the chat, in order.
        case say([SteeringMessage])
        /// Ask the model; then `answered` or `failed`.
        case ask
        /// End its answer: then `answered` or `failed` comes all the same.
        case stopAnswer
        /// Find out whether they may be done; then `judged` for each.
        case judge([String])
        /// Nobody has to decide about them any more.
        case withdraw([String])
        /// Do them; then `acted` for each.
        case run([String])
        /// Have them end soon: `acted` comes all the same.
        case stopCalls([String])
        /// Nothing was done: this is their result.
        case refuse([String], TurnRefusal)
        case end(TurnEnd)
    }

    package init(_ limits: TurnLimits = TurnLimits()) {
        meter = TurnMeter(limits)
    }

    // MARK: From the beginning to an answer

    package mutating func begin() -> [Action] {
        guard stage == .new else { return [] }
        return goOn()
    }

    package mutating func prepared() -> [Action] {
        guard stage == .preparing else { return [] }
        stage = .asking
        meter.countRound()
        return [.ask]
    }

    /// The prompt cannot be made: it does not fit, or no model is there.
    package mutating func unprepared(_ failure: ChatFailure) -> [Action] {
        guard stage == .preparing else { return [] }
        return end(.failed(failure))
    }

    /// The model has said all that it will.
    package mutating func answered(_ answer: TurnAnswer) -> [Action] {
        guard stage == .asking else { return [] }
        meter.count(answer.usage, cost: answer.cost)
        if let ending { return drop(answer.calls, .cancelled) + end(ending) }
        guard !answer.calls.isEmpty else {
            return steering.isEmpty ? end(.answered(answer.finish)) : goOn()
        }
        stage = .acting
        let repeated = answer.calls.filter { !meter.admits($0) }
        round = TurnRound(answer.calls.filter { call in !repeated.contains { $0.id == call.id } })
        return drop(repeated, .repeated) + step()
    }

    /// It has broken off. `calls` are those of the part that stays in the chat.
    package mutating func failed(
        _ failure: ChatFailure, calls: [TurnCall] = [], usage: ChatUsage = ChatUsage(),
        cost: Double = 0
    ) -> [Action] {
        guard stage == .asking else { return [] }
        meter.count(usage, cost: cost)
        let ending = ending ?? .failed(failure)
        return drop(calls, .brokenOff) + end(ending)
    }

    // MARK: What it wants done

    package mutating func judged(_ call: String, _ verdict: TurnVerdict) -> [Action] {
        guard stage == .acting, round.isAsked(call) else { return [] }
        switch verdict {
        case .allowed:
            round.begin(call)
            return [.run([call])]
        case .refused(let reason):
            round.end(call)
            return [.refuse([call], .refused(reason))] + step()
        case .refusedWithRest(let reason):
            round.end(call)
            return [.refuse([call], .refused(reason))] + stop(.cancelled)
        case .unknown(let reason):
            round.end(call)
            return [.refuse([call], .unknown(reason))] + step()
        }
    }

    /// It has ended, whatever came of it, and its result is in the chat.
    package mutating func acted(_ call: String) -> [Action] {
        guard stage == .acting, round.isRunning(call) else { return [] }
        round.end(call)
        return step()
    }

    private mutating func step() -> [Action] {
        if let ending { return round.isOver ? end(ending) : [] }
        guard !round.isOver else {
            return meter.onlyRepeats ? end(.limit(.repeats)) : goOn()
        }
        let next = round.askNext()
        return next.isEmpty ? [] : [.judge(next)]
    }

    private mutating func goOn() -> [Action] {
        if let limit = meter.limit { return end(.limit(limit)) }
        stage = .preparing
        guard !steering.isEmpty else { return [.prepare] }
        defer { steering = [] }
        return [.say(steering), .prepare]
    }

    // MARK: From outside

    /// Heard before the model is asked again; false if it is too late for that.
    package mutating func steer(_ message: SteeringMessage) -> Bool {
        guard stage != .ended, ending == nil else { return false }
        steering.append(message)
        return true
    }

    /// Ends it as soon as what runs has ended.
    package mutating func stop(_ why: TurnEnd) -> [Action] {
        guard stage != .ended, ending == nil else { return [] }
        switch stage {
        case .new, .preparing: return end(why)
        case .asking:
            ending = why
            return [.stopAnswer]
        case .acting:
            ending = why
            return stopRound()
        case .ended: return []
        }
    }

    private mutating func stopRound() -> [Action] {
        var actions: [Action] = []
        let open = round.endOpen()
        if !open.asked.isEmpty { actions.append(.withdraw(open.asked)) }
        let unrun = open.asked + open.waiting
        if !unrun.isEmpty { actions.append(.refuse(unrun, .cancelled)) }
        let running = round.running
        if !running.isEmpty { actions.append(.stopCalls(running)) }
        return actions + step()
    }

    private func drop(_ calls: [TurnCall], _ why: TurnRefusal) -> [Action] {
        calls.isEmpty ? [] : [.refuse(calls.map(\.id), why)]
    }

    private mutating func end(_ how: TurnEnd) -> [Action] {
        stage = .ended
        return [.end(how)]
    }
}
