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
        /// Chosen: the store is asked for it.
        case claiming
        /// Ours: the store is asked to record the attempt.
        case beginning
        case running
        /// A step to somewhere else is being committed.
        case moving(Move)
        case ended(TaskState)
        /// Another kernel has it.
        case elsewhere
    }

    package enum Move: Sendable, Hashable {
        case toQueue
        /// Back to the queue before an attempt began.
        case release
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
        case claimed
        /// There is nobody who could run it just now.
        case targetGone
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
        /// The kernel that had it is dead, or its lease is over.
        case abandoned(TaskState)
        /// Its lease is not ours any more.
        case leaseLost
        case stop
    }

    package enum Action: Sendable, Hashable {
        case claim
        /// `step` tells what is to be committed.
        case write
        /// As `write`, but after a pause.
        case writeLater
        case run
        case cancelCall
    }

    package let id: TaskID
    package let isIdempotent: Bool
    package let attemptsMax: Int
    package let deadline: Moment?
    package internal(set) var phase: Phase
    /// Where the store has it.
    package internal(set) var durable: TaskState
    /// Attempts that began.
    package internal(set) var attempts: Int
    package internal(set) var notBefore: Moment?
    /// Why it is to end; nil while nobody wants that.
    package internal(set) var cancellation: String?
    package internal(set) var isStopping = false
    package internal(set) var holdsPlace = false
    /// Whose lease a step needs: ours, or a dead kernel's.
    var owner: String?

    /// `owner` is this kernel.
    package init(_ record: TaskRecord) {
        id = record.id
        isIdempotent = record.isIdempotent
        attemptsMax = record.attemptsMax
        deadline = record.deadline
        durable = record.state
        attempts = record.attempts
        notBefore = record.notBefore
        owner = record.lease?.owner
        if record.cancelAsked != nil { cancellation = Self.cancelledBefore }
        phase =
            switch record.state {
            case .waiting: .waiting
            case .queued: .queued
            case .claimed, .running: .elsewhere
            case .done, .failed, .cancelled, .interrupted: .ended(record.state)
            }
    }

    /// An attempt that a reload, a stop or a crash of the kernel ended does not count as failed;
    /// so many of them do.
    package static let interruptionsMax = 5

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
        case .claimed: claimed()
        case .targetGone: targetGone()
        case .givenUp(let why): givenUp(why)
        case .finished(let outcome, let now, let chance): finished(outcome, now, chance)
        case .cancel(let why): cancel(why)
        case .deadlinePassed(let why): deadlinePassed(why)
        case .committed: committed()
        case .refused(let state): refused(state)
        case .notWritten: notWritten()
        case .abandoned(let state): abandoned(state)
        case .leaseLost: leaseLost()
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
        phase = .claiming
        holdsPlace = true
        return [.claim]
    }

    private mutating func claimed() -> [Action] {
        guard phase == .claiming else { return [] }
        durable = .claimed
        if let cancellation { return end(.cancelled, .cancelled, cancellation) }
        if isStopping { return move(.release) }
        phase = .beginning
        return [.write]
    }

    private mutating func targetGone() -> [Action] {
        phase == .beginning ? move(.release) : []
    }

    private mutating func givenUp(_ why: String) -> [Action] {
        phase == .queued ? end(.failed, .notFound, why) : []
    }

    private mutating func deadlinePassed(_ why: String) -> [Action] {
        switch phase {
        case .waiting, .queued: end(.failed, .deadline, why)
        case .claiming, .beginning, .running, .moving, .ended, .elsewhere: []
        }
    }

    private mutating func cancel(_ why: String) -> [Action] {
        guard isOpen, cancellation == nil else { return [] }
        if case .moving(.end) = phase { return [] }
        cancellation = why
        switch phase {
        case .waiting, .queued: return end(.cancelled, .cancelled, why)
        case .running: return [.cancelCall]
        case .claiming, .beginning, .moving, .ended, .elsewhere: return []
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
            let attempt = AttemptEnd(.cancelled, outcome.message)
            return end(.cancelled, .cancelled, outcome.message, attempt: attempt)
        }
        // Nobody wanted this one to end: the kernel stops, or the module was reloaded.
        if isStopping || outcome.status == .cancelled { return interrupted(outcome.message) }
        let isLate = outcome.status == .deadline
        let attempt = AttemptEnd(isLate ? .deadline : .failed, outcome.message)
        let isOver = deadline.map { $0 <= now } ?? false
        if isIdempotent, !isOver, attempts < attemptsMax, outcome.status.mayPass {
            let due = now.adding(
                milliseconds: BackOff.milliseconds(afterAttempt: attempts, chance: chance))
            return move(.again(notBefore: due, attempt))
        }
        return move(.end(.failed, outcome, attempt: attempt))
    }

    /// Its attempt came to nothing through no fault of its own.
    private mutating func interrupted(_ why: String) -> [Action] {
        let attempt = AttemptEnd(.interrupted, why)
        if isIdempotent, attempts < attemptsMax + Self.interruptionsMax {
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
        case .moving(.toQueue), .moving(.release):
            return arrive(at: .queued)
        case .moving(.again(let notBefore, _)):
            self.notBefore = notBefore
            return arrive(at: notBefore == nil ? .queued : .waiting)
        case .moving(.end(let state, _, _)):
            leave(for: .ended(state))
            durable = state
            return []
        case .waiting, .queued, .claiming, .running, .ended, .elsewhere: return []
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
        case .claiming, .beginning, .moving:
            durable = state
            switch state {
            case .done, .failed, .cancelled, .interrupted: leave(for: .ended(state))
            case .claimed, .running: leave(for: .elsewhere)
            case .queued, .waiting: return arrive(at: state)
            }
        case .waiting, .queued, .running, .ended, .elsewhere: break
        }
        return []
    }

    private mutating func notWritten() -> [Action] {
        switch phase {
        case .claiming:
            leave(for: .queued)
            return cancellation.map { end(.cancelled, .cancelled, $0) } ?? []
        case .beginning:
            phase = .moving(.release)
            return [.writeLater]
        case .moving: return [.writeLater]
        case .waiting, .queued, .running, .ended, .elsewhere: return []
        }
    }

    // MARK: - Other kernels

    private mutating func abandoned(_ state: TaskState) -> [Action] {
        guard phase == .elsewhere else { return [] }
        durable = state
        switch state {
        case .claimed:
            return cancellation.map { end(.cancelled, .cancelled, $0) } ?? move(.release)
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

    private mutating func leaseLost() -> [Action] {
        switch phase {
        case .running:
            leave(for: .elsewhere)
            return [.cancelCall]
        case .claiming, .beginning, .waiting, .queued, .moving, .ended, .elsewhere: return []
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
