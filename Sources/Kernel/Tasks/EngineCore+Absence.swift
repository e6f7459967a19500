import KernelCalls
import KernelStore

/// Tasks whose module is not there: they wait a while, and it is said that they do.
extension EngineCore {
    private static let lookMilliseconds: Int64 = 1_000
    /// A module that is just being loaded is no news.
    private static let announceMilliseconds: Int64 = 3_000

    private var patienceMilliseconds: Int64? {
        limits.moduleWaitSeconds.map { Int64($0) * 1_000 }
    }

    func noteAbsence(of name: String, _ why: String, at now: Moment) {
        guard absent[name] == nil else {
            absent[name]?.why = why
            return
        }
        let number = newAbsence()
        absent[name] = Absence(number: number, since: now, why: why)
        due.add(.look(name, number), at: now.adding(milliseconds: Self.lookMilliseconds))
        due.add(.announce(name, number), at: now.adding(milliseconds: Self.announceMilliseconds))
        guard let patienceMilliseconds else { return }
        due.add(.giveUp(name, number), at: now.adding(milliseconds: patienceMilliseconds))
    }

    /// Something was loaded: who waited may begin.
    func lookAgain() {
        for name in absent.keys.sorted() { isBack(name) }
    }

    func lookAgain(_ name: String, _ number: Absence.Number) {
        guard absent[name]?.number == number, !isBack(name) else { return }
        due.add(.look(name, number), at: now.adding(milliseconds: Self.lookMilliseconds))
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

    func announce(_ name: String, _ number: Absence.Number) {
        guard let absence = absent[name], absence.number == number, !absence.isAnnounced else {
            return
        }
        let tasks = waiting(for: name)
        guard !tasks.isEmpty else { return }
        absent[name]?.isAnnounced = true
        report(
            .absent(
                name: name, count: tasks.count, why: absence.why,
                seconds: limits.moduleWaitSeconds))
    }

    /// Those that have waited long enough fail; who came later waits on.
    func giveUp(_ name: String, _ number: Absence.Number) {
        guard let absence = absent[name], absence.number == number, !isBack(name),
            let patienceMilliseconds
        else { return }
        let now = now
        var next: Moment?
        for entry in waiting(for: name) {
            let end = max(entry.queuedAt, absence.since)
                .adding(milliseconds: patienceMilliseconds)
            guard end <= now else {
                next = min(next ?? end, end)
                continue
            }
            let seconds = patienceMilliseconds / 1_000
            feed(entry, .givenUp("\(absence.why), and was not for \(seconds) s"))
        }
        // Without anybody who waits, whoever comes next finds out anew.
        guard let next else { return absent[name] = nil }
        due.add(.giveUp(name, number), at: next)
    }

    /// What a queued task waits for besides its turn, and what became of one that nobody runs.
    func note(_ record: TaskRecord) -> String? {
        if record.state == .running, record.owner != options.owner {
            return "it ran in a kernel that has ended"
        }
        if unread.contains(record.id) { return "the database is damaged where it is" }
        guard let entry = entries[record.id], entry.life.phase == .queued,
            let absence = absent[entry.record.name]
        else { return nil }
        return "waits for its module: \(absence.why)"
    }
}
