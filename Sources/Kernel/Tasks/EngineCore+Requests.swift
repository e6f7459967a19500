import KernelCalls
import KernelStore

/// What clients ask for besides new tasks.
extension EngineCore {
    // MARK: - Cancelling

    typealias CancelAnswer = @Sendable (Result<[TaskID], TaskProblem>) -> Void

    /// The task and everything beneath it. The answer names those that were open.
    func cancel(_ id: TaskID, _ why: String, _ done: @escaping CancelAnswer) {
        // The wish survives the kernel, so that no task begins anew whose end was promised.
        records.askToCancel(familyOf: id, at: now) { [mailbox] answer in
            mailbox.post { core in
                switch answer {
                case .failure(let error): core.cancelUnkept(id, why, error, done)
                case .success([]): core.refuseCancel(id, done)
                case .success(let family):
                    for record in family { core.cancel(record, why) }
                    done(.success(family.map(\.id)))
                }
            }
        }
    }

    private func cancel(_ record: TaskRecord, _ why: String) {
        if let entry = entries[record.id] { return feed(entry, .cancel(why)) }
        // It belongs to a kernel that does not run, or was not read yet. It is known as cancelled
        // already, and ends as soon as it is there.
        takeIn(record, cancelling: why)
        guard let entry = entries[record.id] else { return }
        feed(entry, .abandoned(record.state))
    }

    /// Nothing can be written. What runs is asked to end all the same: it may be what fills the
    /// disk.
    private func cancelUnkept(
        _ id: TaskID, _ why: String, _ error: StoreError, _ done: @escaping CancelAnswer
    ) {
        records.openFamily(of: id) { [mailbox] answer in
            mailbox.post { core in
                let family = (try? answer.get().map(\.id)) ?? [id]
                var asked: [String] = []
                for id in family {
                    guard let entry = core.entries[id], entry.life.holdsPlace else { continue }
                    core.feed(entry, .cancel(why))
                    asked.append("\(id)")
                }
                guard !asked.isEmpty else { return done(.failure(TaskProblem(error))) }
                let names = asked.joined(separator: ", ")
                done(
                    .failure(
                        TaskProblem(
                            .failed,
                            "\(names) was asked to end, but the wish could not be kept: if the "
                                + "kernel ends before, it is forgotten, and what has not begun "
                                + "stays. \(error)")))
            }
        }
    }

    /// It has ended, or is not there.
    private func refuseCancel(_ id: TaskID, _ done: @escaping CancelAnswer) {
        records.task(id) { answer in
            switch answer {
            case .failure(let error): done(.failure(TaskProblem(error)))
            case .success(let record): done(.failure(Self.hasEnded(record)))
            }
        }
    }

    static func hasEnded(_ record: TaskRecord) -> TaskProblem {
        let how = record.state == .done ? "is done" : "has ended (\(record.state.name))"
        return TaskProblem(.refused, "\(record.id) (\(record.name)) \(how) already")
    }

    // MARK: - Waiting

    /// Tells of the end of a task, at once if it has ended.
    func tellEnd(_ id: TaskID, _ wait: TaskWait) {
        if let entry = entries[id] { return tellEnd(entry, wait) }
        records.task(id) { [mailbox] answer in
            switch answer {
            case .failure(let error): wait.end(.failure(TaskProblem(error)))
            case .success(let record) where record.state.isEnd: wait.end(.success(record))
            case .success(let record): mailbox.post { $0.tellEnd(record, wait) }
            }
        }
    }

    /// One that is not in memory is still to be read at the start, or is nobody's.
    private func tellEnd(_ record: TaskRecord, _ wait: TaskWait) {
        if options.work == .everything { takeIn(record) }
        if let entry = entries[record.id] { return tellEnd(entry, wait) }
        wait.end(
            .failure(
                TaskProblem(
                    .refused,
                    "\(record.id) is \(record.state.name), and no kernel runs it here: "
                        + "start one, and wait then")))
    }

    private func tellEnd(_ entry: TaskEntry, _ wait: TaskWait) {
        guard wait.isWanted else { return }
        guard waitersCount < TaskOptions.waitersMax else {
            let sentence = "\(TaskOptions.waitersMax) clients wait for tasks already"
            return wait.end(.failure(TaskProblem(.busy, sentence)))
        }
        waitersCount += 1
        entry.waiters.append(wait)
    }

    func dropWaits(for id: TaskID) {
        with(id) { entry in
            let count = entry.waiters.count
            entry.waiters.removeAll { !$0.isWanted }
            waitersCount -= count - entry.waiters.count
        }
    }

    // MARK: - Once more

    /// Hands the work of an ended task in again, as a new one.
    func retry(_ id: TaskID, as new: TaskID, by submitter: String, _ done: @escaping SubmitAnswer) {
        records.task(id) { [mailbox] answer in
            switch answer {
            case .failure(let error): done(.failure(TaskProblem(error)))
            case .success(let record):
                mailbox.post { $0.retry(record, as: new, by: submitter, done) }
            }
        }
    }

    private func retry(
        _ record: TaskRecord, as new: TaskID, by submitter: String,
        _ done: @escaping SubmitAnswer
    ) {
        guard record.state.isEnd else {
            return done(
                .failure(
                    TaskProblem(
                        .refused,
                        "\(record.id) (\(record.name)) is \(record.state.name); only a "
                            + "task that has ended can run once more")))
        }
        // What has run had all that it waited for.
        let unmet = record.attempts == 0 ? record.dependencies.filter { $0.state != .done } : []
        if let lost = unmet.first(where: { $0.state?.isEnd != false }) {
            let what = lost.state.map { "is \($0.name)" } ?? "is not there any more"
            return done(
                .failure(
                    TaskProblem(
                        .refused,
                        "\(record.id) (\(record.name)) waits for \(lost.id), which \(what): hand "
                            + "it in anew, after the task that does that work instead (--after)")))
        }
        records.arguments(of: record.id) { [mailbox] answer in
            switch answer {
            case .failure(let error): done(.failure(TaskProblem(error)))
            case .success(let arguments):
                var task = NewTask(record.name, arguments, submitter: submitter)
                task.id = new
                task.priority = record.priority
                task.timeoutSeconds = record.timeoutSeconds
                task.repeats = record.id
                task.attemptsMax = record.attemptsMax
                task.parent = record.parent
                task.deadline = record.deadline
                task.dependencies = unmet.map(\.id)
                let again = task
                mailbox.post { $0.retry(again, done) }
            }
        }
    }

    /// Its module may say by now that it may not run again.
    private func retry(_ task: NewTask, _ done: @escaping SubmitAnswer) {
        var task = task
        if case .ready(_, _, false) = runner.look(task.name) { task.attemptsMax = nil }
        // What is over does not count any more.
        if let deadline = task.deadline, deadline <= now { task.deadline = nil }
        if let parent = task.parent,
            entries[parent]?.life.cancellation != nil || entries[parent] == nil
        {
            task.parent = nil
        }
        submit([task], done)
    }

    // MARK: - The end

    func stop(_ done: @escaping @Sendable () -> Void) {
        isStopping = true
        stopped = done
        for entry in entries.values.sorted(by: { $0.id < $1.id }) { feed(entry, .stop) }
    }
}
