import KernelStore

/// What the store holds when the engine starts, and what has to be done from time to time.
extension EngineCore {
    private static let pruneMilliseconds: Int64 = 3_600_000
    private static let dayMilliseconds: Int64 = 86_400_000

    private static let open: Set<TaskState> = [.waiting, .queued, .running]

    func start() {
        guard options.work == .everything else { return }
        load(after: nil)
    }

    /// Page after page, the oldest first.
    private func load(after id: TaskID?) {
        var filter = TaskFilter(states: Self.open)
        filter.order = .oldestFirst
        filter.after = id
        filter.limit = TaskFilter.limitMax
        records.list(filter) { [mailbox] answer in
            mailbox.post { $0.loaded(answer, after: id) }
        }
    }

    private func loaded(_ answer: Result<[TaskRecord], StoreError>, after id: TaskID?) {
        switch answer {
        case .failure(let error) where error.kind == .damaged: salvage(because: error)
        case .failure(let error): loadLater(error, after: id)
        case .success(let page):
            for record in page { takeIn(record) }
            for record in page { takeOver(record) }
            if page.count == TaskFilter.limitMax { return load(after: page.last?.id) }
            whyNotReading = nil
            hasLoaded()
        }
    }

    private func loadLater(_ error: StoreError, after id: TaskID?) {
        if whyNotReading == nil { report(.notRead(error.description)) }
        whyNotReading = error
        loadAgain = id
        due.add(.load, at: now.adding(milliseconds: Self.retryMilliseconds))
    }

    private func hasLoaded() {
        reportRecovered()
        prune()
    }

    func reportRecovered() {
        if !recovered.again.isEmpty || !recovered.interrupted.isEmpty {
            report(.recovered(again: recovered.again, interrupted: recovered.interrupted))
        }
        recovered = ([], [])
    }

    /// Part of the store is damaged: what can be read goes on, and of the rest it is said that it
    /// does not.
    private func salvage(because error: StoreError) {
        records.salvage(Self.open) { [mailbox] answer in
            mailbox.post { $0.salvaged(answer, error) }
        }
    }

    private func salvaged(_ answer: Result<TaskSalvage, StoreError>, _ damage: StoreError) {
        switch answer {
        case .failure(let error) where error.kind == .damaged:
            // It will not get better by itself.
            whyNotReading = error
            report(.notRead(error.description))
        case .failure(let error): loadLater(error, after: nil)
        case .success(let found):
            for record in found.tasks { takeIn(record) }
            for record in found.tasks { takeOver(record) }
            if !found.unread.isEmpty { leaveUnread(found.unread, damage) }
            hasLoaded()
        }
    }

    func loadRest() { load(after: loadAgain) }

    /// A task that a dead kernel had.
    func takeOver(_ record: TaskRecord) {
        guard record.state == .running, let entry = entries[record.id],
            entry.life.phase == .elsewhere, record.owner != options.owner
        else { return }
        if let end = leaseToRespect(of: record) {
            return due.add(.takeOver(record.id), at: end)
        }
        feed(entry, .abandoned(record.state))
        switch entry.life.phase {
        case .moving(.again): recovered.again.append(record)
        case .moving(.end(.interrupted, _, _)): recovered.interrupted.append(record)
        default: break
        }
    }

    // MARK: - Old tasks

    /// Deletes what ended long ago, some at a time.
    func prune() {
        let before = now.adding(milliseconds: -Int64(limits.keptDays) * Self.dayMilliseconds)
        records.deleteEnded(before: before, keeping: limits.keptMax) { [mailbox] answer in
            mailbox.post { core in
                if case .success(let count) = answer, count > 0 { return core.prune() }
                core.due.add(.prune, at: core.now.adding(milliseconds: Self.pruneMilliseconds))
            }
        }
    }
}
