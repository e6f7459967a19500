package import KernelStore

/// What a life asks the store to commit.
extension TaskLife {
    /// How the attempt begins that it was chosen for.
    package mutating func begins(as start: AttemptStart) {
        owner = start.owner
        isIdempotent = start.isIdempotent
    }

    /// The step that `write` asks for. `start` says how an attempt begins.
    package func step(at now: Moment, start: AttemptStart?) -> TaskTransition? {
        switch phase {
        case .beginning:
            guard let start else { return nil }
            var step = transition(to: .running, at: now)
            step.begins = start
            return step
        case .moving(.toQueue):
            return transition(to: .queued, at: now)
        case .moving(.again(let notBefore, let attempt)):
            var step = transition(to: notBefore == nil ? .queued : .waiting, at: now)
            step.notBefore = notBefore
            step.ends = attempt
            return step
        case .moving(.end(let state, let outcome, let attempt)):
            var step = transition(to: state, at: now)
            step.outcome = outcome
            step.ends = attempt
            return step
        case .waiting, .queued, .running, .ended, .elsewhere: return nil
        }
    }

    private func transition(to state: TaskState, at now: Moment) -> TaskTransition {
        var step = TaskTransition(id, from: [durable], to: state, at: now)
        step.owner = durable == .running ? owner : nil
        // A late answer of an attempt that was given up changes nothing.
        step.attempt = durable == .running ? attempts : nil
        return step
    }

    /// Whether a power cut may undo the step: what may run again may also begin again, but nothing
    /// that somebody was told of is taken back.
    package var durability: Durability {
        switch phase {
        case .moving(.end): .durable
        case .beginning: isIdempotent ? .relaxed : .durable
        default: .relaxed
        }
    }
}
