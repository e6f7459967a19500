import KernelStore
import KernelSystem
import KernelTesting
import KernelWire
import ModelTesting
import ModuleJSON
import Testing

@testable import KernelChats

/// Which models there are, and which is the default.
@Suite(.timeLimit(.minutes(2)), .blocking)
struct ModelChoiceTests {
    private static func listing(_ names: String...) throws -> LoopbackServer {
        let models = names.map { "{\"id\":\"\($0)\"}" }.joined(separator: ",")
        return try .asking { connection, body in
            guard body["kind"] == "chat" else {
                return connection.answer("{\"models\":[\(models)]}")
            }
            let model = body["chat"]?["model"]?.string ?? ""
            connection.answer("{\"text\":\"I am \(model)\"}\n{\"finish\":\"stop\"}\n")
        }
    }

    private static func configuration(_ server: LoopbackServer, _ chat: String) -> String {
        "[chat]\n\(chat)\n[providers.lines]\nbase_url = \"\(server.address)\"\n"
    }

    private static func names(_ overview: JSON, where match: (JSON) -> Bool = { _ in true })
        -> [String]
    {
        (overview["models"]?.array ?? []).filter(match).compactMap { $0["name"]?.string }
    }

    @Test func `the first list waits for the server, and later ones are kept`() throws {
        let server = try Self.listing("b", "a")
        let bench = try ChatBench(Self.configuration(server, "model = \"lines/a\""))
        let client = bench.client()
        let overview = try client.ask(ListModels.method)
        #expect(Self.names(overview) == ["lines/a", "lines/b"])
        #expect(Self.names(overview) { $0["isCurrent"] == true } == ["lines/a"])
        #expect(overview["providers"]?[0]?["models"] == 2)
        server.stop()
        // Also by the next kernel.
        #expect(Self.names(try bench.client(bench.desk()).ask(ListModels.method)).count == 2)
    }

    @Test func `an old list is shown at once, and made anew meanwhile`() throws {
        let server = try Self.listing("new")
        let bench = try ChatBench(Self.configuration(server, ""))
        // As a kernel wrote it eleven minutes ago.
        _ = try bench.client().ask(ListModels.method)
        let folder = bench.folder.file("models")
        let file = Path.join(folder, try #require(try Files.names(in: folder).first))
        var list = try #require(JSON(parsing: try Files.read(file, bytesMax: 1 << 20)).object)
        list["at"] = .integer(Int64(SystemClock.wallNanoseconds / 1_000_000_000 - 660))
        list["models"] = [["id": "old"]]
        try Files.replace(file, with: JSON.object(list).serialized())
        let client = bench.client(bench.desk())
        #expect(Self.names(try client.ask(ListModels.method)) == ["lines/old"])
        try waitFor("the new list") {
            try Self.names(client.ask(ListModels.method, ["refresh": false])) == ["lines/new"]
        }
        #expect(server.connections == 2)
        // It is fresh: nobody is asked again.
        _ = try client.ask(ListModels.method)
        #expect(server.connections == 2)
    }

    @Test func `entries that are no models are left out, and it is said which and why`() throws {
        let entries = (1...5).map { "{\"id\":\"e\($0)\",\"leftOut\":\"that do not chat\"}" }
        let server = try LoopbackServer.asking { connection, _ in
            connection.answer(
                "{\"models\":[{\"id\":\"a\"},\(entries.joined(separator: ",")),{},7,"
                    + "{\"id\":\"tab\\tbed\"}]}")
        }
        let bench = try ChatBench(Self.configuration(server, ""))
        let overview = try bench.client().ask(ListModels.method)
        #expect(Self.names(overview) == ["lines/a"])
        let said = overview["providers"]?[0]?["leftOut"]?.string
        #expect(
            said == "5 that do not chat (e1, e2, e3, …); 2 without a name; "
                + "1 with a name that is too long or cannot be typed (tabbed)")
        // Also by the next kernel, from its cache.
        server.stop()
        let again = try bench.client(bench.desk()).ask(ListModels.method)
        #expect(again["providers"]?[0]?["leftOut"]?.string == said)
    }

    @Test func `a server that fails is told, with what is known otherwise`() throws {
        let server = try LoopbackServer.asking { connection, _ in
            connection.answer("{\"kind\":\"authentication\"}", status: "401 Unauthorized")
        }
        let bench = try ChatBench(
            Self.configuration(server, "")
                + "[providers.nobody]\n[providers.listed]\npreset = \"lines\"\n"
                + "base_url = \"\(server.address)\"\nmodels = [\"a\"]\n")
        let overview = try bench.client().ask(ListModels.method, ["refresh": true])
        #expect(Self.names(overview) == ["listed/a"])
        let failure = overview["providers"]?.array?.first { $0["name"] == "lines" }
        #expect(failure?["problem"] == "said authentication" && server.connections == 1)
        let nobody = overview["providers"]?.array?.first { $0["name"] == "nobody" }
        let problem = nobody?["problem"]?.string ?? ""
        #expect(problem.contains("no module knows a server \"nobody\""), "\(problem)")
    }

    @Test func `a default that was chosen lasts until the configuration names another`() throws {
        let server = try Self.listing("a", "b")
        let bench = try ChatBench(Self.configuration(server, "model = \"lines/a\""))
        let first = bench.client()
        #expect(try first.say("?").text == "I am a")
        let details = try first.ask(UseModel.method, ["model": "lines/b", "default": true])
        #expect(details["model"]?["isStandard"] == true)
        #expect(try first.say("?").text == "I am b")
        // After a restart.
        let desk = bench.desk()
        #expect(try bench.client(desk).say("?").text == "I am b")
        try bench.configure(Self.configuration(server, "model = \"lines/c\""))
        #expect(try bench.client(desk).say("?").text == "I am c")
        try bench.configure(Self.configuration(server, "model = \"lines/a\""))
        let client = bench.client(desk)
        _ = try client.ask(UseModel.method, ["default": true])
        #expect(try client.say("?").text == "I am a")
    }

    @Test func `a change of the configuration counts from the next question on`() throws {
        let server = try Self.listing("a", "b")
        let bench = try ChatBench(Self.configuration(server, "model = \"lines/a\""))
        let client = bench.client()
        #expect(try client.say("?").text == "I am a")
        try bench.configure(Self.configuration(server, "model = \"lines/b\""))
        #expect(try client.say("?").text == "I am b")
    }

    @Test(arguments: [
        ("", "no provider of models is configured"),
        ("[providers.lines]\n", "`kernel model list` shows those that there are"),
        ("[chat]\nmodel = \"nix\"\n[providers.lines]\n", "there is no model \"nix\""),
        ("[chat]\nmodel = \"line/x\"\n[providers.lines]\n", "did you mean \"lines\"?"),
        ("[chat]\nmodel = \"lines/x\"\n[providers.lines]\nkeys = [\"env:NOT_SET\"]\n", "NOT_SET"),
        ("[chat]\nmodel = \"x/x\"\n[providers.x]\nmodule = \"none\"\n", "the module none"),
    ])
    func `without a model it is said what to do`(configuration: String, problem: String) throws {
        let client = try ChatBench(configuration).client()
        let answer = try client.answer(to: client.begin(SayInChat.method, ["text": "hello"]))
        guard case .failure(let error) = answer else {
            Issue.record("somebody answered: \(answer)")
            return
        }
        #expect(error.isNotFound && error.message.contains(problem), "\(error)")
        #expect(try client.ask(OwnChat.show)["messages"] == [])
    }

    @Test func `a small question says how long it took, or why it failed`() throws {
        let server = try Self.listing("a")
        let bench = try ChatBench(Self.configuration(server, "model = \"lines/a\""))
        let trial = try bench.client().ask(ModelChoiceRequest.test).decode(ModelTrial.self)
        #expect(trial.text == "I am a" && trial.failure == nil && trial.milliseconds > 0)
        let done = try bench.client().ask(ModelChoiceRequest.pull, ["model": "lines/new"])
            .decode(ModelDone.self)
        #expect(done.failure?.message.contains("offers no way to pull") == true)
    }
}
