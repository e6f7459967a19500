import KernelStore

/// What clients ask for besides new tasks.
extension EngineCore {
    // MARK: - Cancelling

    /// The task and everything beneath it. The answer names those that were open.
    func cancel(
        _ id: TaskID, _ why: String,
        _ done: @escaping @Sendable (Result<[TaskID], TaskProblem>) -> Void
    ) {
        guard entries[id] != nil else { return cancelUnheld(id, why, done) }
        let family = graph.family(of: id)
        // The wish survives the kernel, so that no task begins anew whose end was promised.
        records.askToCancel(family, at: now) { [mailbox] answer in
            mailbox.post { core in
                switch answer {
                case .failure(let error): done(.failure(TaskProblem(error)))
                case .success(let open):
                    for id in open { core.with(id) { core.feed($0, .cancel(why)) } }
                    done(.success(open))
                }
            }
        }
    }

    /// One that is not in memory has ended, or belongs to a kernel that does not run.
    private func cancelUnheld(
        _ id: TaskID, _ why: String,
        _ done: @escaping @Sendable (Result<[TaskID], TaskProblem>) -> Void
    ) {
        records.task(id) { [mailbox] answer in
            mailbox.post { core in
                switch answer {
                case .failure(let error): done(.failure(TaskProblem(error)))
                case .success(let record) where record.state.isEnd:
                    done(.failure(Self.hasEnded(record)))
                case .success(let record):
                    core.takeIn(record)
                    guard let entry = core.entries[id] else { return done(.success([])) }
                    entry.life.cancellation = why
                    if entry.life.phase == .elsewhere {
                        core.feed(entry, .abandoned(record.state))
                    } else {
                        entry.life.cancellation = nil
                        core.feed(entry, .cancel(why))
                    }
                    done(.success([id]))
                }
            }
        }
    }

    static func hasEnded(_ record: TaskRecord) -> TaskProblem {
        let how = record.state == .done ? "is done" : "has ended (\(record.state.name))"
        return TaskProblem(.refused, "\(record.id) (\(record.name)) \(how) already")
    }

    // MARK: - Waiting

    /// Tells of the end of a task, at once if it has ended.
    func tellEnd(
        _ id: TaskID, _ done: @escaping @Sendable (Result<TaskRecord, TaskProblem>) -> Void
    ) {
        if let entry = entries[id] { return tellEnd(entry, done) }
        records.task(id) { [mailbox] answer in
            switch answer {
            case .failure(let error): done(.failure(TaskProblem(error)))
            case .success(let record) where record.state.isEnd: done(.success(record))
            case .success(let record): mailbox.post { $0.tellEnd(record, done) }
            }
        }
    }

    /// One that is not in memory is still to be read at the start, or is nobody's.
    private func tellEnd(
        _ record: TaskRecord,
        _ done: @escaping @Sendable (Result<TaskRecord, TaskProblem>) -> Void
    ) {
        if options.work == .everything { takeIn(record) }
        if let entry = entries[record.id] { return tellEnd(entry, done) }
        done(
            .failure(
                TaskProblem(
                    .refused,
                    "\(record.id) is \(record.state.name), and no kernel runs it here: "
                        + "start one, and wait then")))
    }

    private func tellEnd(
        _ entry: TaskEntry,
        _ done: @escaping @Sendable (Result<TaskRecord, TaskProblem>) -> Void
    ) {
        guard waitersCount < TaskOptions.waitersMax else {
            let sentence = "\(TaskOptions.waitersMax) clients wait for tasks already"
            return done(.failure(TaskProblem(.busy, sentence)))
        }
        waitersCount += 1
        entry.waiters.append { done(.success($0)) }
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
        records.arguments(of: record.id) { [mailbox] answer in
            switch answer {
            case .failure(let error): done(.failure(TaskProblem(error)))
            case .success(let arguments):
                var task = NewTask(record.name, arguments, submitter: submitter)
                task.id = new
                task.priority = record.priority
                task.timeoutSeconds = record.timeoutSeconds
                task.repeats = record.id
                let order = TaskOrder(
                    task, attemptsMax: record.isIdempotent ? record.attemptsMax : nil)
                mailbox.post { $0.submit([order], done) }
            }
        }
    }

    // MARK: - The end

    func stop(_ done: @escaping @Sendable () -> Void) {
        isStopping = true
        stopped = done
        for entry in entries.values.sorted(by: { $0.id < $1.id }) { feed(entry, .stop) }
    }
}
