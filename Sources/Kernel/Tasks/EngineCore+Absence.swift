import KernelStore

/// Tasks whose module is not there: they wait a while, and it is said that they do.
extension EngineCore {
    private static let lookMilliseconds: Int64 = 1_000
    /// A module that is just being loaded is no news.
    private static let announceMilliseconds: Int64 = 3_000

    private var patienceMilliseconds: Int64 { Int64(options.moduleWaitSeconds) * 1_000 }

    func noteAbsence(of name: String, _ why: String, at now: Moment) {
        guard absent[name] == nil else {
            absent[name]?.why = why
            return
        }
        absent[name] = Absence(since: now, why: why)
        due.add(.look(name), at: now.adding(milliseconds: Self.lookMilliseconds))
        due.add(.announce(name), at: now.adding(milliseconds: Self.announceMilliseconds))
        due.add(.giveUp(name), at: now.adding(milliseconds: patienceMilliseconds))
    }

    /// Something was loaded: who waited may begin.
    func lookAgain() {
        for name in absent.keys.sorted() { isBack(name) }
    }

    func lookAgain(_ name: String) {
        guard absent[name] != nil, !isBack(name) else { return }
        due.add(.look(name), at: now.adding(milliseconds: Self.lookMilliseconds))
    }

    @discardableResult
    private func isBack(_ name: String) -> Bool {
        switch runner.look(name) {
        case .ready:
            absent[name] = nil
            return true
        case .absent(let why), .unknown(let why):
            absent[name]?.why = why
            return false
        }
    }

    private func waiting(for name: String) -> [TaskEntry] {
        entries.values.filter { $0.record.name == name && $0.life.phase == .queued }
            .sorted { $0.id < $1.id }
    }

    func announce(_ name: String) {
        guard let absence = absent[name], !absence.isAnnounced else { return }
        let tasks = waiting(for: name)
        guard !tasks.isEmpty else { return }
        absent[name]?.isAnnounced = true
        report(
            .absent(
                name: name, count: tasks.count, why: absence.why,
                seconds: options.moduleWaitSeconds))
    }

    /// Those that have waited long enough fail; who came later waits on.
    func giveUp(_ name: String) {
        guard let absence = absent[name], !isBack(name) else { return }
        let now = now
        var next: Moment?
        for entry in waiting(for: name) {
            let end = max(entry.queuedAt, absence.since)
                .adding(milliseconds: patienceMilliseconds)
            guard end <= now else {
                next = min(next ?? end, end)
                continue
            }
            feed(
                entry,
                .givenUp("\(absence.why), and was not for \(options.moduleWaitSeconds) s"))
        }
        // Without anybody who waits, whoever comes next finds out anew.
        guard let next else { return absent[name] = nil }
        due.add(.giveUp(name), at: next)
    }

    /// What a queued task waits for besides its turn.
    func note(_ id: TaskID) -> String? {
        guard let entry = entries[id], entry.life.phase == .queued,
            let absence = absent[entry.record.name]
        else { return nil }
        return "waits for its module: \(absence.why)"
    }
}
