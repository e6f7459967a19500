import KernelBase
import KernelHosting
import KernelStore

/// Running tasks: what their calls say, and their ends.
extension EngineCore {
    private static let heardMilliseconds: Int64 = 100
    private static let progressMilliseconds: Int64 = 1_000
    private static let cancelAgainMilliseconds: Int64 = 50

    func run(_ entry: TaskEntry) {
        let id = entry.id
        let attempt = entry.life.attempts
        let listener = TaskCall(
            heard: { [mailbox] in mailbox.post { core in core.with(id) { core.hearSoon($0) } } },
            ended: { [mailbox] outcome in
                mailbox.post { core in core.with(id) { core.finished($0, attempt, outcome) } }
            })
        entry.listener = listener
        let left = entry.record.deadline.map { deadline in
            Double(max(0, deadline.milliseconds - now.milliseconds)) / 1_000
        }
        let run = TaskRun(
            task: id, name: entry.record.name, arguments: entry.arguments ?? .json("{}"),
            timeoutSeconds: entry.record.timeoutSeconds, secondsLeft: left)
        entry.arguments = nil
        entry.call = runner.begin(run, listener)
    }

    /// A call that has not come to the dispatcher yet cannot be cancelled there: it is asked again.
    func cancelCall(_ entry: TaskEntry) {
        guard let call = entry.call, entry.life.phase == .running || isLost(entry) else { return }
        guard !runner.cancel(call) else { return }
        due.add(.cancelCall(entry.id), at: now.adding(milliseconds: Self.cancelAgainMilliseconds))
    }

    private func isLost(_ entry: TaskEntry) -> Bool {
        entry.life.phase == .elsewhere && entry.listener != nil
    }

    func finished(_ entry: TaskEntry, _ attempt: Int, _ outcome: CallOutcome) {
        guard entry.listener != nil, entry.life.attempts == attempt else { return }
        take(entry)
        entry.listener = nil
        entry.call = nil
        entry.unwrittenProgress = nil
        feed(entry, .finished(outcome, at: now, chance: Double.random(in: 0...1)))
    }

    // MARK: - Progress and output

    /// Not more often than somebody can read.
    func hearSoon(_ entry: TaskEntry) {
        guard let last = entry.heardAt else { return hear(entry) }
        let next = last.adding(milliseconds: Self.heardMilliseconds)
        if next <= now || last > now { hear(entry) } else { due.add(.heard(entry.id), at: next) }
    }

    func hear(_ entry: TaskEntry) {
        entry.heardAt = now
        take(entry)
        guard let progress = entry.unwrittenProgress else { return }
        if let written = entry.progressWrittenAt {
            let next = written.adding(milliseconds: Self.progressMilliseconds)
            if next > now, written <= now { return due.add(.heard(entry.id), at: next) }
        }
        entry.progressWrittenAt = now
        entry.unwrittenProgress = nil
        // The next report is as good: a failure is seen when the task ends.
        records.setProgress(progress, of: entry.id) { _ in }
    }

    private func take(_ entry: TaskEntry) {
        guard let (progress, output) = entry.listener?.take() else { return }
        if let progress {
            entry.record.progress = progress
            entry.unwrittenProgress = progress
            tell(.progressed(entry.record, progress))
        }
        guard !output.isEmpty else { return }
        tell(.printed(entry.record, output))
        records.appendOutput(output, to: entry.id) { [mailbox] answer in
            if case .failure = answer { mailbox.post { $0.stall(answer) } }
        }
    }
}
