import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Testing

@testable import KernelServer

/// What a client may ask of durable tasks, with real modules and a real database.
@Suite(.blocking, .timeLimit(.minutes(2)))
struct TaskSessionTests {
    private let bench: ServerBench

    init() throws {
        bench = try ServerBench()
        try bench.install("chatter")
    }

    private func submit(_ client: ServerClient, _ names: String...) throws -> [TaskView] {
        let tasks = names.map { JSON.object(["task": .string($0), "text": ""]) }
        let reply = try client.ask(SubmitTasks.method, ["tasks": .array(tasks)])
        return try reply.get().decode(TaskList.self).tasks
    }

    private func ask<Content: Decodable>(
        _ client: ServerClient, _ method: String, _ id: String, _ more: JSONObject = [:]
    ) throws -> Content {
        var params = more
        params["id"] = .string(id)
        return try client.ask(method, .object(params)).get().decode(Content.self)
    }

    private func refusal(
        _ client: ServerClient, _ method: String, _ params: JSON
    ) throws -> WireError {
        try #require(throws: WireError.self) { try client.ask(method, params).get() }
    }

    @Test func `a task that is handed in is told of until its end, and keeps its result`() throws {
        let client = try bench.client()
        let other = try bench.client()
        let watcher = try bench.client()
        _ = try watcher.ask(WatchTasks.method).get()
        let task = try submit(client, "chatter.print")[0]
        #expect(task.state == "queued" && task.isIdempotent && task.attemptsMax == 3)
        let end: TaskView = try ask(watcher, TaskReference.wait, task.id)
        #expect(end.state == "done" && end.status == "ok" && end.resultBytes == 3)
        let states = client.notifications(TaskNews.changed).map { $0["state"]?.string }
        #expect(states == ["running", "done"] || states == ["queued", "running", "done"])
        #expect(other.notifications(TaskNews.changed).isEmpty)
        let numbers = watcher.notifications(TaskNews.changed).compactMap { $0["sequence"]?.integer }
        #expect(numbers == numbers.sorted() && numbers.count == 3)
        #expect(watcher.notifications(TaskNews.printed).first?["id"] == .string(task.id))
        #expect(client.notifications(TaskNews.printed).isEmpty)
        let details: TaskDetails = try ask(other, TaskReference.show, task.id)
        #expect(details.result == .init(kind: "text", value: "one"))
        #expect(details.attempts.map(\.end) == ["succeeded"])
        #expect(details.attempts.first?.mode == "thread" && details.outputBytes == 5)
        let page: TaskOutputPage = try ask(other, ReadTaskOutput.method, task.id)
        #expect(page.pieces.map(\.value) == ["piece"] && page.next == 5 && page.state == "done")
    }

    @Test func `a running task is one call that only the task can cancel`() throws {
        let client = try bench.client()
        let task = try submit(client, "chatter.wait")[0]
        var calls: [CallListing] = []
        try waitFor("the call to begin") {
            calls = try client.ask(WireMethod.listCalls).get().decode([CallListing].self)
            return !calls.isEmpty
        }
        #expect(calls.map(\.durableTask) == [task.id])
        let call = JSON.integer(Int64(calls[0].call))
        let error = try refusal(client, CancelCall.method, ["call": call])
        #expect(error.message.contains(task.id))
        let still: TaskView = try ask(
            client, TaskReference.wait, task.id, ["timeoutSeconds": 0.01])
        #expect(still.state == "running" && !still.hasEnded)
        let asked: TaskList = try ask(client, TaskReference.cancel, task.id)
        #expect(asked.tasks.map(\.id) == [task.id])
        let end: TaskView = try ask(client, TaskReference.wait, task.id)
        #expect(end.state == "cancelled" && end.isCancelAsked)
        let twice = try refusal(client, TaskReference.cancel, ["id": .string(task.id)])
        #expect(twice.message.contains("has ended (cancelled) already"))
        let again: TaskList = try ask(client, TaskReference.retry, task.id)
        #expect(again.tasks[0].repeats == task.id)
        let _: TaskList = try ask(client, TaskReference.cancel, again.tasks[0].id)
    }

    @Test func `a running task survives a reload on the build that it began on`() throws {
        let client = try bench.client()
        let task = try submit(client, "chatter.wait")[0]
        _ = try client.wait("the beginning") { message -> JSON? in
            guard case .notification(TaskNews.changed, let params) = message else { return nil }
            return params["state"] == "running" ? params : nil
        }
        try waitFor("the call to begin") {
            try client.ask(WireMethod.listCalls).get().array?.isEmpty == false
        }
        try bench.install("chatter", defining: ["FIXTURE_ANSWER=\"two\""])
        _ = try client.ask(WireMethod.reloadModule, ["id": "chatter"]).get()
        try waitFor("the new build") { try client.run("chatter.answer").value == "two" }
        let before: TaskDetails = try ask(client, TaskReference.show, task.id)
        #expect(before.task.state == "running" && before.attempts.count == 1)
        let _: TaskList = try ask(client, TaskReference.cancel, task.id)
        let end: TaskView = try ask(client, TaskReference.wait, task.id)
        #expect(end.state == "cancelled" && end.attempts == 1)
    }

    @Test func `a task is meant by its id, by a beginning, or by the end of a recent one`() throws {
        let client = try bench.client()
        let tasks = try submit(client, "chatter.answer", "chatter.answer")
        let id = tasks[0].id
        for text in [id, id.uppercased(), String(id.suffix(6))] {
            let details: TaskDetails = try ask(client, TaskReference.show, text)
            #expect(details.task.id == id)
        }
        let several = try refusal(client, TaskReference.show, ["id": .string(String(id.prefix(3)))])
        #expect(several.isBadParameters && several.message.contains("several"))
        var slip = Array(id)
        slip[slip.count - 1] = slip.last == "0" ? "1" : "0"
        slip[slip.count - 2] = slip[slip.count - 2] == "0" ? "1" : "0"
        let unknown = try refusal(client, TaskReference.show, ["id": .string(String(slip))])
        #expect(unknown.isNotFound && unknown.message.contains("did you mean t"))
        #expect(try refusal(client, TaskReference.show, ["id": "!"]).isNotFound)
    }

    @Test func `tasks of one request can wait for each other by their places`() throws {
        let client = try bench.client()
        let order: [JSON] = [
            ["task": "chatter.answer", "text": ""],
            ["task": "chatter.answer", "text": "", "after": ["#0"]],
            ["task": "chatter.answer", "text": "", "after": ["#0", "#1"]],
        ]
        let reply = try client.ask(SubmitTasks.method, ["tasks": .array(order)])
        let tasks = try reply.get().decode(TaskList.self).tasks
        #expect(tasks.map(\.state) == ["queued", "waiting", "waiting"])
        let end: TaskView = try ask(client, TaskReference.wait, tasks[2].id)
        #expect(end.state == "done" && end.after.map(\.id) == [tasks[0].id, tasks[1].id].sorted())
        let list = try client.ask(ListTasks.method, ["states": ["done"]]).get()
            .decode(TaskList.self)
        #expect(list.tasks.map(\.id) == tasks.map(\.id).reversed())
        #expect(list.counts == ["done": 3])
    }

    private static let unfit: [(JSON, String)] = [
        (["tasks": []], "1 to 1000"), (["tasks": [["task": "chatter.anser"]]], "answer"),
        (["tasks": [["task": "chater.answer"]]], "chatter"),
        (["tasks": [["task": "chatter.answer", "arguments": ["x": 1]]]], "bytes"),
        (["tasks": [["task": "chatter.answer", "text": "", "after": ["#0"]]]], "#0"),
        (["tasks": [["task": "chatter.answer", "text": "", "after": ["fs"]]]], "fs"),
        (["tasks": [["task": "chatter.answer", "text": "", "priority": 99]]], "-10 to 10"),
        (["tasks": [["task": "chatter.answer", "text": "", "delaySeconds": -1]]], "delaySeconds"),
        (["tasks": [["task": 3]]], "task"), ([:], "tasks"),
    ]

    @Test(arguments: unfit)
    func `an order that makes no sense is refused with the reason`(
        params: JSON, words: String
    ) throws {
        let client = try bench.client()
        let error = try refusal(client, SubmitTasks.method, params)
        #expect(error.message.contains(words), "\(error.message)")
        #expect(try client.ask(ListTasks.method).get()["tasks"] == [])
        let states = try refusal(client, ListTasks.method, ["states": ["runing"]])
        #expect(states.message.contains("did you mean \"running\""))
    }

    @Test func `a task in a process that dies fails, and says so`() throws {
        try bench.install("waiting")
        let client = try bench.client()
        let order: JSON = ["task": "waiting.process", "text": "deaf", "attempts": 1]
        let task = try client.ask(SubmitTasks.method, ["tasks": [order]]).get()
            .decode(TaskList.self).tasks[0]
        _ = try client.wait("the beginning") { message -> Bool? in
            guard case .notification(TaskNews.changed, let params) = message else { return nil }
            return params["state"] == "running" ? true : nil
        }
        // It heeds nothing: its process is killed.
        let _: TaskList = try ask(client, TaskReference.cancel, task.id)
        let end: TaskView = try ask(client, TaskReference.wait, task.id)
        #expect(end.state == "cancelled")
        let details: TaskDetails = try ask(client, TaskReference.show, task.id)
        #expect(details.attempts.map(\.mode) == ["process"])
    }
}
