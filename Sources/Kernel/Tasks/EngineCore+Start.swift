import KernelStore

/// What the store holds when the engine starts, and what has to be done from time to time.
extension EngineCore {
    private static let pruneMilliseconds: Int64 = 3_600_000
    private static let dayMilliseconds: Int64 = 86_400_000

    private static let open: Set<TaskState> = [.waiting, .queued, .claimed, .running]

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
        guard case .success(let page) = answer else {
            stall(answer)
            let again = now.adding(milliseconds: Self.retryMilliseconds)
            loadAgain = id
            return due.add(.load, at: again)
        }
        for record in page { takeIn(record) }
        for record in page { takeOver(record) }
        if page.count == TaskFilter.limitMax { return load(after: page.last?.id) }
        if !recovered.again.isEmpty || !recovered.interrupted.isEmpty {
            report(.recovered(again: recovered.again, interrupted: recovered.interrupted))
        }
        recovered = ([], [])
        renewLater()
        prune()
    }

    func loadRest() { load(after: loadAgain) }

    // MARK: - Leases

    /// A task that another kernel had: a dead one, or one that let its lease run out.
    private func takeOver(_ record: TaskRecord) {
        guard record.state == .claimed || record.state == .running,
            let entry = entries[record.id], entry.life.phase == .elsewhere,
            record.lease?.owner != options.owner
        else { return }
        let isOver = record.lease.map { $0.until <= now } ?? true
        guard options.isAlone || isOver else { return }
        entry.record = record
        entry.life = TaskLife(record)
        feed(entry, .abandoned(record.state))
        guard record.state == .running else { return }
        switch entry.life.phase {
        case .moving(.again): recovered.again.append(record)
        case .moving(.end(.interrupted, _, _)): recovered.interrupted.append(record)
        default: break
        }
    }

    private var renewMilliseconds: Int64 { Int64(options.leaseSeconds) * 1_000 / 3 }

    private func renewLater() {
        due.add(.renew, at: now.adding(milliseconds: renewMilliseconds))
    }

    func renew() {
        renewLater()
        if !options.isAlone { lookAtOthers() }
        let held = entries.values.filter { $0.life.holdsPlace && $0.life.durable == .running }
            .map(\.id).sorted()
        guard !held.isEmpty else { return }
        let until = now.adding(milliseconds: Int64(options.leaseSeconds) * 1_000)
        records.renew(held, TaskLease(owner: options.owner, until: until)) { [mailbox] answer in
            mailbox.post { core in
                guard case .success(let kept) = answer else { return core.stall(answer) }
                let lost = Set(held).subtracting(kept)
                for id in lost.sorted() { core.with(id) { core.check($0) } }
            }
        }
    }

    /// A lease that was not renewed may be another kernel's, or its task has ended meanwhile.
    private func check(_ entry: TaskEntry) {
        guard entry.life.phase == .running else { return }
        let id = entry.id
        records.task(id) { [mailbox] answer in
            mailbox.post { core in
                guard case .success(let record) = answer, record.state.isEnd == false,
                    record.lease?.owner != core.options.owner
                else { return }
                core.with(id) { core.feed($0, .leaseLost) }
            }
        }
    }

    private func lookAtOthers() {
        var filter = TaskFilter(states: [.claimed, .running])
        filter.limit = TaskFilter.limitMax
        records.list(filter) { [mailbox] answer in
            mailbox.post { core in
                guard case .success(let records) = answer else { return }
                for record in records {
                    core.takeIn(record)
                    core.takeOver(record)
                }
            }
        }
    }

    // MARK: - Old tasks

    /// Deletes what ended long ago, some at a time.
    func prune() {
        let before = now.adding(milliseconds: -Int64(options.keptDays) * Self.dayMilliseconds)
        records.deleteEnded(before: before, keeping: options.keptMax) { [mailbox] answer in
            mailbox.post { core in
                if case .success(let count) = answer, count > 0 { return core.prune() }
                core.due.add(.prune, at: core.now.adding(milliseconds: Self.pruneMilliseconds))
            }
        }
    }
}
