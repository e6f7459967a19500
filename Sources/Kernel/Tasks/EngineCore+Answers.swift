import KernelBase
import KernelStore

/// What the store answers.
extension EngineCore {
    func stepped(
        _ steps: [TaskTransition], _ durability: Durability,
        _ answer: Result<[TransitionResult], StoreError>
    ) {
        openWrites -= 1
        switch answer {
        case .success(let results):
            noteWritten()
            for (step, result) in zip(steps, results) {
                with(step.id) { taken($0, result) }
            }
        // One that cannot be taken must not keep the others from it.
        case .failure(let error) where steps.count > 1 && !error.isOfAll:
            for step in steps { send([step], durability) }
        case .failure:
            stall(answer)
            for step in steps { with(step.id) { feed($0, .notWritten) } }
        }
    }

    private func taken(_ entry: TaskEntry, _ result: TransitionResult) {
        switch result {
        case .taken(let record, let arguments):
            entry.record = record
            // Told first: what comes of it is told after it.
            tell(.changed(record))
            entry.arguments = arguments
            feed(entry, .committed)
            entry.arguments = nil
        case .refused(let record):
            entry.record = record
            feed(entry, .refused(record.state))
        case .unknown: vanished(entry)
        }
    }

    /// Somebody has deleted it.
    private func vanished(_ entry: TaskEntry) {
        entry.record.state = .cancelled
        feed(entry, .refused(.cancelled))
    }

    // MARK: - When nothing can be written

    func stall<Value>(_ answer: Result<Value, StoreError>) {
        guard case .failure(let error) = answer else { return }
        let until = now.adding(milliseconds: Self.retryMilliseconds)
        if !isNotWriting {
            isNotWriting = true
            report(.notWritten(error.description))
        }
        stalledUntil = until
        due.add(.nothing, at: until)
    }

    private func noteWritten() {
        guard isNotWriting else { return }
        isNotWriting = false
        report(.writtenAgain)
    }
}

extension StoreError {
    /// Nothing at all can be written, whatever it is.
    fileprivate var isOfAll: Bool {
        switch kind {
        case .busy, .full, .closed: true
        case .unknown, .ambiguous, .duplicate, .tooLarge, .damaged, .refused, .failed: false
        }
    }
}
