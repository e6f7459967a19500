import KernelBase
import KernelHosting
import KernelStore

/// Running tasks: what their calls say, and their ends.
extension EngineCore {
    private static let heardMilliseconds: Int64 = 100
    private static let progressMilliseconds: Int64 = 1_000

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
        entry.call = runner.begin(run, listener)
    }

    func cancelCall(_ entry: TaskEntry) {
        if let call = entry.call { runner.cancel(call) }
    }

    func finished(_ entry: TaskEntry, _ attempt: Int, _ outcome: CallOutcome) {
        guard entry.call != nil, entry.life.attempts == attempt else { return }
        entry.call = nil
        entry.ran = entry.listener?.ran
        takeProgress(of: entry)
        entry.unwrittenProgress = nil
        // Before the end, whatever is on its way.
        keepOutput(of: entry)
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
        takeProgress(of: entry)
        if !entry.isAppending { keepOutput(of: entry) }
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

    private func takeProgress(of entry: TaskEntry) {
        guard let progress = entry.listener?.takeProgress() else { return }
        entry.record.progress = progress
        entry.unwrittenProgress = progress
        tell(.progressed(entry.record, progress))
    }

    /// One piece of work at a time: what comes meanwhile waits with the listener, which is bounded
    /// and says what it drops. Output is no reason to begin nothing new.
    private func keepOutput(of entry: TaskEntry) {
        guard let listener = entry.listener else { return }
        let output = listener.takeOutput()
        guard !output.isEmpty else { return }
        entry.isAppending = true
        let id = entry.id
        records.appendOutput(output, to: id) { [mailbox] answer in
            mailbox.post { core in core.with(id) { core.appended($0, listener, output, answer) } }
        }
    }

    private func appended(
        _ entry: TaskEntry, _ listener: TaskCall, _ output: [Payload],
        _ answer: Result<Void, StoreError>
    ) {
        entry.isAppending = false
        switch answer {
        case .success:
            tell(.printed(entry.record, output))
            hearSoon(entry)
        case .failure:
            (entry.listener ?? listener).putBack(output)
            due.add(.heard(entry.id), at: now.adding(milliseconds: Self.retryMilliseconds))
        }
    }
}
