package import KernelBase
package import KernelStore

/// The life of one durable task, as a value without I/O: what happened goes in, what is to be done
/// comes out. It asks for one write at a time, and believes in a step once that is committed; a
/// task that holds a place counts against the limits of what may run.
package struct TaskLife: Sendable, Hashable {
    package enum Phase: Sendable, Hashable {
        /// For other tasks to be done, or for its time.
        case waiting
        /// Whoever shares out the places may choose it.
        case queued
        /// Chosen: the store is asked to record the attempt.
        case beginning
        case running
        /// A step to somewhere else is being committed.
        case moving(Move)
        case ended(TaskState)
        /// A kernel that is dead had it.
        case elsewhere
    }

    package enum Move: Sendable, Hashable {
        case toQueue
        /// Once more, after an attempt that came to nothing.
        case again(notBefore: Moment?, AttemptEnd)
        /// `attempt` ends with it, if one had begun.
        case end(TaskState, CallOutcome, attempt: AttemptEnd?)
    }

    package enum Event: Sendable, Hashable {
        /// What it waited for is done, and its time has come.
        case ready
        /// What it waited for will never be done.
        case unfit(String)
        /// It gets a place.
        case chosen
        /// There was nobody for too long.
        case givenUp(String)
        /// The call has ended. `chance` is a number from 0 to 1 that no two tasks share.
        case finished(CallOutcome, at: Moment, chance: Double)
        case cancel(String)
        case deadlinePassed(String)
        /// The write is committed.
        case committed
        /// The write was not taken: the task is in this state.
        case refused(TaskState)
        /// The write could not be made.
        case notWritten
        /// The kernel that had it is dead.
        case abandoned(TaskState)
        case stop
    }

    package enum Action: Sendable, Hashable {
        /// `step` tells what is to be committed.
        case write
        /// As `write`, but after a pause.
        case writeLater
        case run
        case cancelCall
    }

    package let id: TaskID
    /// As the build says that runs it, or that was there when it was handed in.
    package internal(set) var isIdempotent: Bool
    /// As its submitter wants it.
    let attemptsWanted: Int?
    package let deadline: Moment?
    package internal(set) var phase: Phase
    /// Where the store has it.
    package internal(set) var durable: TaskState
    /// Attempts that began.
    package internal(set) var attempts: Int
    /// Those of them that failed; the others were interrupted or turned away.
    package internal(set) var failures: Int
    package internal(set) var notBefore: Moment?
    /// Why it is to end; nil while nobody wants that.
    package internal(set) var cancellation: String?
    package internal(set) var isStopping = false
    package internal(set) var holdsPlace = false
    /// The kernel that has it: this one, or a dead one.
    var owner: String?

    package init(_ record: TaskRecord) {
        id = record.id
        isIdempotent = record.isIdempotent
        attemptsWanted = record.attemptsMax
        deadline = record.deadline
        durable = record.state
        attempts = record.attempts
        failures = record.failures
        notBefore = record.notBefore
        owner = record.owner
        if record.cancelAsked != nil { cancellation = Self.cancelledBefore }
        phase =
            switch record.state {
            case .waiting: .waiting
            case .queued: .queued
            case .running: .elsewhere
            case .done, .failed, .cancelled, .interrupted: .ended(record.state)
            }
    }

    /// An attempt that a reload, a stop or a crash of the kernel ended, or that was turned away
    /// before it began, does not count as failed. After so many of them the next one is the last.
    package static let interruptionsMax = 5
    /// Of a task that may run again, if its submitter says nothing.
    package static let attemptsOfIdempotent = 3

    /// How often it may fail.
    package static func attemptsMax(wanted: Int?, isIdempotent: Bool) -> Int {
        isIdempotent ? wanted ?? attemptsOfIdempotent : 1
    }

    private var attemptsMax: Int {
        Self.attemptsMax(wanted: attemptsWanted, isIdempotent: isIdempotent)
    }

    private static let cancelledBefore = "it was cancelled before"

    package var isEnded: Bool {
        if case .ended = phase { true } else { false }
    }

    package var isOpen: Bool { !isEnded && phase != .elsewhere }

    // MARK: - Events

    package mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .ready: ready()
        case .unfit(let why): unfit(why)
        case .chosen: chosen()
        case .givenUp(let why): givenUp(why)
        case .finished(let outcome, let now, let chance): finished(outcome, now, chance)
        case .cancel(let why): cancel(why)
        case .deadlinePassed(let why): deadlinePassed(why)
        case .committed: committed()
        case .refused(let state): refused(state)
        case .notWritten: notWritten()
        case .abandoned(let state): abandoned(state)
        case .stop: stop()
        }
    }

    private mutating func move(_ move: Move) -> [Action] {
        phase = .moving(move)
        return [.write]
    }

    private mutating func end(
        _ state: TaskState, _ status: CallStatus, _ why: String, attempt: AttemptEnd? = nil
    ) -> [Action] {
        move(.end(state, .failure(status, why), attempt: attempt))
    }

    private mutating func ready() -> [Action] {
        phase == .waiting ? move(.toQueue) : []
    }

    private mutating func unfit(_ why: String) -> [Action] {
        phase == .waiting ? end(.cancelled, .cancelled, why) : []
    }

    private mutating func chosen() -> [Action] {
        guard phase == .queued else { return [] }
        phase = .beginning
        holdsPlace = true
        return [.write]
    }

    private mutating func givenUp(_ why: String) -> [Action] {
        phase == .queued ? end(.failed, .notFound, why) : []
    }

    private mutating func deadlinePassed(_ why: String) -> [Action] {
        switch phase {
        case .waiting, .queued: end(.failed, .deadline, why)
        case .beginning, .running, .moving, .ended, .elsewhere: []
        }
    }

    private mutating func cancel(_ why: String) -> [Action] {
        guard isOpen, cancellation == nil else { return [] }
        if case .moving(.end) = phase { return [] }
        cancellation = why
        switch phase {
        case .waiting, .queued: return end(.cancelled, .cancelled, why)
        case .running: return [.cancelCall]
        case .beginning, .moving, .ended, .elsewhere: return []
        }
    }

    private mutating func stop() -> [Action] {
        guard !isStopping, !isEnded else { return [] }
        isStopping = true
        return phase == .running ? [.cancelCall] : []
    }

    // MARK: - The end of an attempt

    private mutating func finished(
        _ outcome: CallOutcome, _ now: Moment, _ chance: Double
    ) -> [Action] {
        guard phase == .running else { return [] }
        guard !outcome.succeeded else {
            return move(.end(.done, outcome, attempt: AttemptEnd(.succeeded)))
        }
        if cancellation != nil {
            let attempt = AttemptEnd(outcome.isUnbegun ? .released : .cancelled, outcome.message)
            return end(.cancelled, .cancelled, outcome.message, attempt: attempt)
        }
        if outcome.isUnbegun { return turnedAway(outcome, now, chance) }
        // Nobody wanted this one to end: the kernel stops, or the module was reloaded.
        if outcome.status == .cancelled { return interrupted(outcome.message) }
        let isLate = outcome.status == .deadline
        let attempt = AttemptEnd(isLate ? .deadline : .failed, outcome.message)
        let isLast = failures + 1 >= attemptsMax || !isIdempotent || !outcome.status.mayPass
        guard !isLast, let due = nextAttempt(after: failures + 1, now, chance) else {
            return move(.end(.failed, outcome, attempt: attempt))
        }
        return move(.again(notBefore: due, attempt))
    }

    /// Nil if the deadline comes before.
    private func nextAttempt(after count: Int, _ now: Moment, _ chance: Double) -> Moment? {
        let due = now.adding(
            milliseconds: BackOff.milliseconds(afterAttempt: count, chance: chance))
        return deadline.map { $0 <= due } ?? false ? nil : due
    }

    /// The attempts that came to nothing, this one among them.
    private var interruptions: Int { attempts - failures }

    /// No code of the module ran for it: any task may begin once more.
    private mutating func turnedAway(
        _ outcome: CallOutcome, _ now: Moment, _ chance: Double
    ) -> [Action] {
        let attempt = AttemptEnd(.released, outcome.message)
        if isStopping { return move(.again(notBefore: nil, attempt)) }
        guard interruptions <= Self.interruptionsMax,
            let due = nextAttempt(after: interruptions, now, chance)
        else { return move(.end(.failed, outcome, attempt: attempt)) }
        return move(.again(notBefore: due, attempt))
    }

    /// Its attempt came to nothing through no fault of its own.
    private mutating func interrupted(_ why: String) -> [Action] {
        let attempt = AttemptEnd(.interrupted, why)
        if isIdempotent, interruptions <= Self.interruptionsMax {
            return move(.again(notBefore: nil, attempt))
        }
        let reason =
            isIdempotent
            ? "\(why); this was attempt \(attempts), and there will be no other"
            : "\(why); it is not known how far it came, and it may not simply run again"
        return end(.interrupted, .cancelled, reason, attempt: attempt)
    }

    // MARK: - Answers of the store

    private mutating func committed() -> [Action] {
        switch phase {
        case .beginning: return begun()
        case .moving(.toQueue): return arrive(at: .queued)
        case .moving(.again(let notBefore, let attempt)):
            if attempt.isFailure { failures += 1 }
            self.notBefore = notBefore
            return arrive(at: notBefore == nil ? .queued : .waiting)
        case .moving(.end(let state, _, _)):
            leave(for: .ended(state))
            durable = state
            return []
        case .waiting, .queued, .running, .ended, .elsewhere: return []
        }
    }

    private mutating func begun() -> [Action] {
        durable = .running
        attempts += 1
        phase = .running
        if let cancellation {
            return end(.cancelled, .cancelled, cancellation, attempt: AttemptEnd(.released))
        }
        guard isStopping else { return [.run] }
        return move(.again(notBefore: nil, AttemptEnd(.released)))
    }

    private mutating func arrive(at state: TaskState) -> [Action] {
        durable = state
        owner = nil
        leave(for: state == .queued ? .queued : .waiting)
        return cancellation.map { end(.cancelled, .cancelled, $0) } ?? []
    }

    private mutating func leave(for phase: Phase) {
        self.phase = phase
        holdsPlace = false
    }

    /// Somebody else was there first.
    private mutating func refused(_ state: TaskState) -> [Action] {
        switch phase {
        case .beginning, .moving:
            durable = state
            switch state {
            case .done, .failed, .cancelled, .interrupted: leave(for: .ended(state))
            case .running: leave(for: .elsewhere)
            case .queued, .waiting: return arrive(at: state)
            }
        case .waiting, .queued, .running, .ended, .elsewhere: break
        }
        return []
    }

    private mutating func notWritten() -> [Action] {
        switch phase {
        case .beginning:
            leave(for: .queued)
            return cancellation.map { end(.cancelled, .cancelled, $0) } ?? []
        case .moving: return [.writeLater]
        case .waiting, .queued, .running, .ended, .elsewhere: return []
        }
    }

    // MARK: - A dead kernel

    private mutating func abandoned(_ state: TaskState) -> [Action] {
        guard phase == .elsewhere else { return [] }
        durable = state
        switch state {
        case .running:
            guard let cancellation else {
                return interrupted("the kernel ended while it ran")
            }
            let attempt = AttemptEnd(.interrupted, "the kernel ended while it ran")
            return end(.cancelled, .cancelled, cancellation, attempt: attempt)
        case .queued, .waiting: return arrive(at: state)
        case .done, .failed, .cancelled, .interrupted:
            leave(for: .ended(state))
            return []
        }
    }
}

extension CallStatus {
    /// Whether the next attempt may go better.
    fileprivate var mayPass: Bool {
        switch self {
        case .failed, .deadline, .busy, .limit: true
        case .ok, .invalid, .notFound, .denied, .cancelled, .unsupported, .misuse: false
        }
    }
}
