import KernelBase
import KernelStore

/// What the store answers.
extension EngineCore {
    func claimed(_ ids: [TaskID], _ answer: Result<[ClaimedTask], StoreError>) {
        openWrites -= 1
        guard case .success(let taken) = answer else {
            stall(answer)
            return ids.forEach { id in with(id) { feed($0, .notWritten) } }
        }
        noteWritten()
        var missing = Set(ids)
        for task in taken {
            missing.remove(task.record.id)
            with(task.record.id) { entry in
                entry.record = task.record
                entry.arguments = task.arguments
                entry.life.claims(for: options.owner)
                feed(entry, .claimed)
            }
        }
        for id in missing { refresh(id) }
    }

    /// Somebody else was there first: as what?
    private func refresh(_ id: TaskID) {
        openWrites += 1
        records.task(id) { [mailbox] answer in
            mailbox.post { core in
                core.openWrites -= 1
                core.with(id) { core.learn($0, answer) }
            }
        }
    }

    private func learn(_ entry: TaskEntry, _ answer: Result<TaskRecord, StoreError>) {
        switch answer {
        case .success(let record):
            entry.record = record
            feed(entry, .refused(record.state))
        case .failure(let error) where error.kind == .unknown: vanished(entry)
        case .failure:
            stall(answer)
            feed(entry, .notWritten)
        }
    }

    func stepped(_ ids: [TaskID], _ answer: Result<[TransitionResult], StoreError>) {
        openWrites -= 1
        guard case .success(let results) = answer else {
            stall(answer)
            return ids.forEach { id in with(id) { feed($0, .notWritten) } }
        }
        noteWritten()
        for (id, result) in zip(ids, results) {
            with(id) { entry in
                switch result {
                case .taken(let record, _):
                    entry.record = record
                    // Told first: what comes of it is told after it.
                    tell(.changed(record))
                    feed(entry, .committed)
                case .refused(let record):
                    entry.record = record
                    feed(entry, .refused(record.state))
                case .unknown: vanished(entry)
                }
            }
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
