import KernelBase
import KernelCalls
import KernelStore
import KernelSystem
import KernelTasks
import KernelWire
import ModuleJSON

/// What a client asks of durable tasks.
extension Session {
    /// False if the method is none about tasks.
    func serveTasks(
        _ id: RequestID, _ method: String, _ params: JSON
    ) throws(WireError) -> Bool {
        switch method {
        case SubmitTasks.method: try submit(id, try Self.decode(params))
        case ListTasks.method: try desk.list(try Self.decode(params)) { self.answer(id, $0) }
        case ReadTaskOutput.method: try readOutput(id, try Self.decode(params))
        case TaskReference.show:
            try withTask(id, params) { desk, record, _ in
                desk.show(record) { self.answer(id, $0) }
            }
        case TaskReference.cancel: try cancelTask(id, params)
        case TaskReference.retry: try retry(id, params)
        case TaskReference.wait: try wait(id, params)
        case WatchTasks.method:
            let desk = try desk
            // What happens in between is heard twice, and not never.
            watchTasks()
            reply(id, WatchTasks(sequence: desk.sequence))
        default: return false
        }
        return true
    }

    private var desk: TaskDesk {
        get throws(WireError) {
            guard let desk = server.tasks else {
                throw .refused(server.whyNoTasks)
            }
            return desk
        }
    }

    private func answer(_ id: RequestID, _ result: Result<some Encodable & Sendable, WireError>) {
        switch result {
        case .success(let content): reply(id, content)
        case .failure(let error): send(.failure(id: id, error))
        }
    }

    private func withTask(
        _ id: RequestID, _ params: JSON,
        _ body: @escaping @Sendable (TaskDesk, TaskRecord, TaskReference) -> Void
    ) throws(WireError) {
        let reference: TaskReference = try Self.decode(params)
        let desk = try desk
        desk.find(reference.id) { found in
            switch found {
            case .success(let record): body(desk, record, reference)
            case .failure(let error): self.send(.failure(id: id, error))
            }
        }
    }

    // MARK: - Submitting

    private func submit(_ id: RequestID, _ request: SubmitTasks) throws(WireError) {
        let engine = try desk.engine
        var tasks: [NewTask] = []
        for order in request.tasks {
            tasks.append(try newTask(order, after: tasks.map(\.id)))
        }
        let ids = tasks.map(\.id)
        // Before anything can become of them.
        hearOf(ids)
        engine.submit(tasks) { result in
            switch result {
            case .success(let records):
                let known = records.map(\.id)
                // A key may have given a task that was there already.
                self.forget(Set(ids).subtracting(known))
                self.hearOf(records.filter { !$0.state.isEnd }.map(\.id))
                self.reply(id, TaskList(records.map { TaskView($0) }))
            case .failure(let problem):
                self.forget(Set(ids))
                self.send(.failure(id: id, WireError(problem)))
            }
        }
    }

    private func newTask(
        _ order: SubmitTasks.Order, after earlier: [TaskID]
    ) throws(WireError) -> NewTask {
        // A key means the same at every terminal.
        let submitter = order.key == nil ? submitter : clientName
        var task = NewTask(order.task, try arguments(of: order), submitter: submitter)
        task.attemptsMax = order.attempts
        if let text = order.id { task.id = try TaskDesk.id(text) }
        task.key = order.key
        task.priority = order.priority ?? 0
        task.timeoutSeconds = try seconds(order.timeoutSeconds, "timeoutSeconds")
        task.notBefore = try moment(order.delaySeconds, "delaySeconds")
        task.deadline = try moment(order.deadlineSeconds, "deadlineSeconds")
        task.parent = try order.parent.map { text throws(WireError) in try TaskDesk.id(text) }
        for text in order.after ?? [] {
            task.dependencies.append(try dependency(text, earlier))
        }
        return task
    }

    /// Checked here, where they are at hand as a value.
    private func arguments(
        of order: SubmitTasks.Order
    ) throws(WireError) -> KernelStore.Payload {
        let arguments: CallOrder.Arguments =
            if let text = order.text {
                .bytes(Array(text.utf8))
            } else {
                .json(server.absolute(order.arguments ?? [:], of: order.task, in: folder))
            }
        if let problem = server.dispatcher.problem(with: CallOrder(order.task, arguments)) {
            throw .badParameters(problem)
        }
        return switch arguments {
        case .bytes(let bytes): KernelStore.Payload(.bytes, bytes)
        case .json(let json): KernelStore.Payload(.json, json.serialized())
        }
    }

    private func dependency(
        _ text: String, _ earlier: [TaskID]
    ) throws(WireError) -> TaskID {
        guard text.hasPrefix("#") else { return try TaskDesk.id(text) }
        guard let index = Int(text.dropFirst()), earlier.indices.contains(index) else {
            throw .badParameters(
                "\"\(text)\" names no task of this list that stands earlier: the first one is #0")
        }
        return earlier[index]
    }

    private static let secondsMax = 10.0 * 366 * 86_400

    private func seconds(_ value: Double?, _ name: String) throws(WireError) -> Double? {
        guard let value else { return nil }
        guard value > 0, value <= Self.secondsMax else {
            throw .badParameters("\"\(name)\" must be above 0 and at most ten years")
        }
        return value
    }

    private func moment(_ value: Double?, _ name: String) throws(WireError) -> Moment? {
        try seconds(value, name).map { Moment.now.adding(milliseconds: Int64($0 * 1_000)) }
    }

    // MARK: - One task

    private func readOutput(_ id: RequestID, _ request: ReadTaskOutput) throws(WireError) {
        let desk = try desk
        desk.find(request.id) { found in
            switch found {
            case .success(let record): desk.output(record, request) { self.answer(id, $0) }
            case .failure(let error): self.send(.failure(id: id, error))
            }
        }
    }

    private func cancelTask(_ id: RequestID, _ params: JSON) throws(WireError) {
        let why = "it was cancelled by \(clientName)"
        try withTask(id, params) { desk, record, _ in
            desk.engine.cancel(record.id, why: why) { result in
                switch result {
                case .success(let ids): self.replyTasks(id, desk, ids)
                case .failure(let problem): self.send(.failure(id: id, WireError(problem)))
                }
            }
        }
    }

    private func replyTasks(_ id: RequestID, _ desk: TaskDesk, _ ids: [TaskID]) {
        let found = TaskCollector(count: ids.count) { records in
            self.reply(id, TaskList(records.map { TaskView($0) }))
        }
        for id in ids { desk.records.task(id) { found.take(try? $0.get()) } }
    }

    private func retry(_ id: RequestID, _ params: JSON) throws(WireError) {
        let name = submitter
        try withTask(id, params) { desk, record, _ in
            let new = TaskID.make()
            // Before anything can become of it.
            self.hearOf([new])
            desk.engine.retry(record.id, as: new, by: name) { result in
                switch result {
                case .success(let records):
                    self.reply(id, TaskList(records.map { TaskView($0) }))
                case .failure(let problem): self.send(.failure(id: id, WireError(problem)))
                }
            }
        }
    }

    /// Until the task ends, or the time that the client gives it, or the client.
    private func wait(_ id: RequestID, _ params: JSON) throws(WireError) {
        try withTask(id, params) { desk, record, reference in
            let waiting = WaitingClient(self, desk, record.id, request: id)
            guard self.add(waiting) else { return }
            waiting.begin(
                timeoutSeconds: reference.timeoutSeconds.map { min(max(0, $0), Self.secondsMax) })
        }
    }
}
