import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Testing

@testable import KernelServer

/// What one client may ask, and what it is answered.
@Suite(.timeLimit(.minutes(2)))
struct SessionTests {
    private let bench: ServerBench

    init() throws {
        bench = try ServerBench()
    }

    private func error(_ reply: Result<JSON, WireError>) throws -> WireError {
        try #require(throws: WireError.self) { try reply.get() }
    }

    @Test func `nothing is answered before a client has introduced itself`() throws {
        let client = bench.connect()
        for method in [WireMethod.listModules, RunCall.method, "frob"] {
            #expect(try error(try client.ask(method)).code == -32600)
        }
        let welcome = try client.ask(Welcome.method).get().decode(Welcome.self)
        #expect(welcome.kernelVersion == "1.2.3" && welcome.process == 42)
        #expect(!welcome.hasConfiguration && welcome.modules.isEmpty)
        #expect(try client.ask(WireMethod.listModules).get() == [])
    }

    @Test func `what became of the kernel before is told to whoever is here and to whoever comes`()
        throws
    {
        let first = try bench.client()
        let news = KernelNews(
            event: "task", text: "the last kernel ended", details: ["one runs again"],
            tone: "warning")
        bench.server.keep(news)
        _ = try first.wait("the news") { message -> Bool? in
            guard case .notification(KernelNews.method, let params) = message else { return nil }
            return params["details"] == ["one runs again"] ? true : nil
        }
        for _ in 0..<2 {
            let introduction: JSON = ["showsNews": true]
            let welcome = try bench.connect().ask(Welcome.method, introduction).get()
                .decode(Welcome.self)
            #expect(welcome.news == [news] && welcome.notices == [])
        }
    }

    @Test func `a method that there is not is refused by name`() throws {
        let error = try error(try bench.client().ask("call.rnu"))
        #expect(error.code == -32601 && error.message.contains("call.rnu"))
    }

    private static let unfit: [(String, JSON, Int64)] = [
        (RunCall.method, [:], -32602), (RunCall.method, ["task": 3], -32602),
        (RunCall.method, [], -32602), (CancelCall.method, ["call": "one"], -32602),
        (CancelCall.method, ["call": -1], -32602), (CancelCall.method, ["call": 9], -32001),
        (WireMethod.reloadModule, [:], -32602), (WireMethod.reloadModule, ["id": "fs"], -32001),
    ]

    @Test(arguments: unfit)
    func `parameters that do not fit are refused`(
        method: String, params: JSON, code: Int64
    ) throws {
        #expect(try error(try bench.client().ask(method, params)).code == code)
    }

    @Test func `replies and notifications of a client are passed over`() throws {
        let client = try bench.client()
        client.send(.notification(method: RunCall.method, params: [:]))
        client.send(.reply(id: 7, result: [:]))
        #expect(try client.ask(WireMethod.listCalls).get() == [])
    }

    @Test func `a task runs, and its news come between its start and its end`() throws {
        try bench.install("chatter")
        let client = try bench.client()
        let outcome = try client.run("chatter.print")
        #expect(outcome.status == "ok" && outcome.value == "one")
        let started = try #require(client.notifications(CallNews.started).first)
        #expect(started["call"] == .integer(Int64(outcome.call)))
        #expect(client.notifications(CallNews.output).map { $0["value"] } == ["piece"])
        #expect(try client.run("chatter.frob").status == "not found")
    }

    @Test func `a call is listed while it runs, and ends when it is cancelled`() throws {
        try bench.install("chatter")
        let client = try bench.client()
        let request = client.begin(RunCall.method, ["task": "chatter.wait", "text": ""])
        let call = try client.wait("the start") { message -> JSON? in
            guard case .notification(CallNews.started, let params) = message else { return nil }
            return params["call"]
        }
        var listed: [CallListing] = []
        try waitFor("the call to run") {
            listed = try client.ask(WireMethod.listCalls).get().decode([CallListing].self)
            return !listed.isEmpty
        }
        #expect(listed.map(\.task) == ["chatter.wait"] && listed.allSatisfy { $0.seconds >= 0 })
        _ = try client.ask(CancelCall.method, ["call": call]).get()
        let outcome = try client.answer(to: request).get().decode(CallAnswer.self)
        #expect(outcome.status == "cancelled")
    }

    @Test func `a module is reloaded by its id, and every client hears of it`() throws {
        try bench.install("chatter")
        let clients = [try bench.client(), try bench.client()]
        let silent = bench.connect()
        _ = try clients[0].ask(WireMethod.reloadModule, ["id": "chatter"]).get()
        for client in clients {
            let news = try client.wait("news") { message -> JSON? in
                guard case .notification(KernelNews.method, let params) = message else {
                    return nil
                }
                return params
            }
            #expect(news["event"] == "reloaded" && news["module"] == "chatter")
        }
        #expect(silent.heard.isEmpty)
    }

    @Test func `a client that is gone is told nothing more`() throws {
        let gone = try bench.client()
        let client = try bench.client()
        gone.close()
        bench.server.broadcast(KernelNews(event: "warning", text: "late", tone: "warning"))
        let isTold = try client.wait("the news") { message -> Bool? in
            if case .notification(KernelNews.method, _) = message { true } else { nil }
        }
        #expect(isTold)
        #expect(gone.notifications(KernelNews.method).isEmpty)
    }

    @Test func `what went wrong before the first client is in its notices and in the log`() throws {
        try Files.replace(
            Path.join(bench.folder.file("modules"), "broken.so"), with: Array("no library".utf8))
        try bench.find()
        let welcome = try bench.connect().ask(Welcome.method).get().decode(Welcome.self)
        #expect(welcome.notices.contains { $0.contains("broken.so") })
        let client = try bench.client()
        let lines = try client.ask(WireMethod.recentLog).get().decode([LogEntry].self)
        #expect(lines.contains { $0.level == "error" && $0.text.contains("broken.so") })
    }

    @Test func `notices are there until somebody was shown them`() throws {
        try Files.replace(
            Path.join(bench.folder.file("modules"), "broken.so"), with: Array("no library".utf8))
        try bench.find()
        let seen = try [false, true, false].map { showsNews in
            try bench.connect().ask(Welcome.method, ["showsNews": .bool(showsNews)]).get()
                .decode(Welcome.self).notices.contains { $0.contains("broken.so") }
        }
        #expect(seen == [true, true, false])
    }

    @Test func `the reply to a reload says what came of it`() throws {
        try bench.install("answer", as: "module")
        let client = try bench.client()
        let done = try client.ask(WireMethod.reloadModule, ["id": "fixture"]).get()
            .decode(KernelNews.self)
        #expect(done.event == "reloaded" && done.tone == "success")
        let path = Path.join(bench.folder.file("modules"), "module.so")
        try Files.replace(path, with: Array("no library".utf8))
        let refused = try client.ask(WireMethod.reloadModule, ["id": "fixture"]).get()
            .decode(KernelNews.self)
        #expect(refused.event == "refused" && refused.tone == "error")
        try Files.remove(path)
        let gone = try client.ask(WireMethod.reloadModule, ["id": "fixture"]).get()
            .decode(KernelNews.self)
        #expect(gone.event == "retired")
    }

    @Test func `who wants a kernel in safe mode is told that this is none`() throws {
        let answer = try bench.connect().ask(Welcome.method, ["wantsSafeMode": true])
        guard case .failure(let error) = answer else {
            Issue.record("it was welcomed")
            return
        }
        #expect(error.isMismatch && error.message.contains("leave --safe-mode out"))
    }

    @Test func `health is told while every thread for calls is taken`() throws {
        try bench.install("answer", as: "module")
        let client = try bench.client()
        let goOn = Condition(false)
        for _ in 0..<ServerBench.callThreadsMax {
            bench.server.pool.run { _ = goOn.wait { $0 ? true : nil } }
        }
        defer {
            goOn.withLock { $0 = true }
            goOn.broadcast()
        }
        let report = try client.ask(HealthReport.method).get().decode(HealthReport.self)
        #expect(report.modules.map(\.id) == ["fixture"])
    }

    private func describe(_ client: ServerClient) throws -> ModuleDescription? {
        try client.ask(WireMethod.listModules).get().decode([ModuleDescription].self).first
    }

    @Test func `a module whose first use failed is shown as failed, with what to do`() throws {
        try bench.install(
            "hazard", as: "module",
            defining: ["HAZARD_START=say(\"no tty\");return MOD_FAILED"])
        let client = try bench.client()
        #expect(try describe(client)?.state == "serving")
        #expect(try client.run("fixture.answer").status == "failed")
        let module = try #require(try describe(client))
        #expect(module.state == "failed")
        let problem = try #require(module.problem)
        #expect(problem.contains("no tty") && problem.contains("/module reload fixture"))
        try bench.install("answer", as: "module")
        _ = try client.ask(WireMethod.reloadModule, ["id": "fixture"]).get()
        try waitFor("the new build") { try describe(client)?.state == "serving" }
    }

    @Test func `a module whose first build was refused can be reloaded by hand`() throws {
        try bench.install(
            "hazard", as: "module", defining: ["HAZARD_CREATE=return MOD_FAILED"])
        let client = try bench.client()
        #expect(try describe(client)?.state == "failed")
        _ = try client.ask(WireMethod.reloadModule, ["id": "fixture"]).get()
        try bench.install("answer", as: "module")
        try waitFor("the new build") { try describe(client)?.state == "serving" }
        #expect(try client.run("fixture.answer").value == "one")
    }
}
