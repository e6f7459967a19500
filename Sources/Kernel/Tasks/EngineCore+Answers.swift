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
        case .failure(let error) where error.kind == .damaged:
            for step in steps { with(step.id) { refusedByDamage($0, error) } }
        case .failure(let error):
            stall(error)
            for step in steps { with(step.id) { feed($0, .notWritten) } }
        }
    }

    /// Its row, or what hangs on it, is on a page that is damaged, or beside one: that is no reason
    /// for the others to wait. One whose attempt cannot be recorded is left where it is; of one
    /// that has run the end is tried again, since nobody else knows it.
    private func refusedByDamage(_ entry: TaskEntry, _ error: StoreError) {
        let hasRun = entry.life.phase != .beginning
        feed(entry, .notWritten)
        if !hasRun { return leaveUnread([entry.id], error) }
        guard unread.insert(entry.id).inserted else { return }
        whyNotReading = error
        report(.unread([entry.id], error.description))
    }

    /// What could not be written is, after all.
    private func noteMended(_ id: TaskID) {
        guard unread.remove(id) != nil, unread.isEmpty else { return }
        whyNotReading = nil
    }

    /// These stay in the store as they are, and are not run.
    func leaveUnread(_ ids: [TaskID], _ error: StoreError) {
        for id in ids {
            unread.insert(id)
            queue.remove(id)
            guard let entry = entries.removeValue(forKey: id) else { continue }
            waitersCount -= entry.waiters.count
            for waiter in entry.waiters { waiter.end(.failure(TaskProblem(error))) }
        }
        whyNotReading = error
        report(.unread(ids, error.description))
    }

    private func taken(_ entry: TaskEntry, _ result: TransitionResult) {
        switch result {
        case .taken(let record, let arguments):
            noteMended(entry.id)
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

    private func stall(_ error: StoreError) {
        let until = now.adding(milliseconds: Self.retryMilliseconds)
        if whyNotWriting == nil { report(.notWritten(error.description)) }
        whyNotWriting = error
        stalledUntil = until
        due.add(.nothing, at: until)
    }

    private func noteWritten() {
        guard whyNotWriting != nil else { return }
        whyNotWriting = nil
        report(.writtenAgain)
    }

    /// What is wrong with the tasks now, a sentence each.
    var troubles: [String] {
        var troubles: [String] = []
        if let whyNotWriting {
            troubles.append(
                "durable tasks stand still, because they cannot be written: \(whyNotWriting)")
        }
        if let whyNotReading {
            troubles.append(
                unread.isEmpty
                    ? "the tasks of before cannot be read, and do not run: \(whyNotReading)"
                    : "\(TaskReport.unread(unread)) cannot be read or written, and stand still: "
                        + "\(whyNotReading)")
        }
        return troubles
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
