import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// The whole way to Ollama and back, with a stand-in for its server that was written from its
/// documentation (`Tests/Servers/ollama_server.py`): no package brings the real one.
@Suite(.timeLimit(.minutes(4)))
struct OllamaTests {
    private let home: KernelHome
    private let server: ScriptServer
    private let folder: TemporaryFolder

    init() throws {
        home = try KernelHome()
        folder = try TemporaryFolder("kernel-ollama")
        server = try ScriptServer("ollama_server.py", in: folder)
        try configure("")
    }

    private var address: String { "http://127.0.0.1:\(server.port)" }

    private func configure(_ options: String) throws {
        try home.configure(
            "[chat]\nmodel = \"ollama/able\"\n[providers.ollama]\nbase_url = \"\(address)\"\n"
                + options)
    }

    /// What it was asked at this path, in order.
    private func asked(_ path: String) throws -> [JSON] {
        let text = try Shell.run("curl -s \(address)/asked")
        return (try JSON(parsing: text).array ?? []).filter { $0["path"]?.string == path }
    }

    @Test func `its models are listed with what is known of them, and what is none is told`()
        throws
    {
        let list = try home.run(["model", "list"])
        #expect(list.status == .exited(code: 0), "\(list.errors)")
        #expect(list.output.contains("ollama/able:latest") && list.output.contains("plain:latest"))
        #expect(
            list.output.contains(
                "ollama also lists, not shown: 1 that are no models for chats (numbers:latest); "
                    + "1 without a name"), "\(list.output)")
        let show = try home.run(["model", "show", "ollama/able"])
        #expect(show.output.contains("8,192 tokens"), "\(show.output)")
        #expect(show.output.contains("images tools thinks"), "\(show.output)")
        // The window is the model's own where that is smaller.
        let small = try home.run(["model", "show", "ollama/plain"])
        #expect(small.output.contains("2,048 tokens"), "\(small.output)")
    }

    @Test func `what it has in memory is seen, loaded and unloaded`() throws {
        let kernel = try home.serve()
        func state() throws -> String? {
            let list = try JSON(parsing: try home.run(["model", "list", "--json"]).output)
            return list["models"]?.array?.first { $0["model"] == "able:latest" }?["state"]?.string
        }
        #expect(try state() == "idle")
        let load = try home.run(["model", "load", "ollama/able"])
        #expect(load.output.contains("ollama/able is loaded"), "\(load.errors)")
        #expect(try state() == "ready")
        let show = try home.run(["model", "show", "ollama/able"]).output
        #expect(show.contains("ready, 1024 MiB with a window of 8,192 tokens"), "\(show)")
        let unload = try home.run(["model", "unload", "ollama/able"])
        #expect(unload.output.contains("is unloaded"), "\(unload.errors)")
        #expect(try state() == "idle")
        #expect(try home.run(["model", "show", "ollama/able"]).output.contains("idle"))
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }

    @Test func `a model is pulled, and how far it is is told`() throws {
        let kernel = try home.serve()
        let line = "model.pull {\"model\": \"ollama/new\"}"
        let client = ScriptServer.path("wire_client.py")
        let said = try Shell.run(
            "echo '\(line)' | /usr/bin/python3 '\(client)' '\(home.socket)' --news")
        let messages = try said.split(separator: "\n").map { try JSON(parsing: String($0)) }
        let progress = messages.filter { $0["method"] == "model.progress" }
        let fractions = progress.compactMap { $0["params"]?["fraction"]?.number }
        // Not each of them: they come faster than anybody reads.
        #expect(fractions.count > 1 && fractions == fractions.sorted())
        #expect(progress.last?["params"]?["note"] == "writing manifest", "\(said)")
        #expect(messages.last?["model"] == "ollama/new" && messages.last?["failure"] == nil)
        let listed = try home.run(["model", "list", "--refresh"])
        #expect(listed.output.contains("ollama/new:latest"))
        let missing = try home.run(["model", "pull", "ollama/missing"])
        #expect(missing.status == .exited(code: 1))
        #expect(missing.errors.contains("file does not exist; look its name up"))
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }

    @Test func `an answer is asked for with a window of its own, and never cut silently`() throws {
        let ended = try home.run(["ask", "hello", "there"])
        #expect(ended.output == "1 said: hello there \n", "\(ended.errors)")
        let chat = try #require(try asked("/api/chat").last)
        #expect(chat["options"]?["num_ctx"] == 8_192 && chat["model"] == "able")
        #expect(chat["truncate"] == false && chat["shift"] == false)
        try configure("options = { window_tokens = 64 }\n")
        let long = (1...100).map { "word\($0)" }.joined(separator: " ")
        let refused = try home.run(["ask"], input: .text(long))
        #expect(refused.status == .exited(code: 1) && refused.output == "")
        #expect(refused.errors.contains("shorten the chat"), "\(refused.errors)")
        #expect(try asked("/api/chat").last?["options"]?["num_ctx"] == 64)
    }

    @Test func `a picture reaches the model that sees, and is told for the one that does not`()
        throws
    {
        let picture = home.folder.file("dot.png")
        try Files.replace(picture, with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A])
        let seen = try home.run(["ask", "--image", picture, "what?"])
        #expect(seen.output.contains("(with 1 images, 8 letters)"), "\(seen.output)")
        let blind = try home.run(["ask", "--model", "ollama/plain", "--image", picture, "what?"])
        #expect(blind.status == .exited(code: 0) && !blind.output.contains("images"))
        #expect(blind.errors.contains("image"), "\(blind.errors)")
    }

    @Test func `a whole round of a tool, and a model without tools in the middle of it`() throws {
        let weather: JSON = [
            "name": "weather.get", "about": "The weather of a city.",
            "schema": [
                "type": "object", "properties": ["city": ["type": "string"]],
                "required": ["city"],
            ],
        ]
        let question: JSON = ["role": "user", "parts": [["type": "text", "text": "Rome"]]]
        let result: JSON = [
            "role": "tool",
            "parts": [
                [
                    "type": "toolResult", "call": "$0.call", "name": "weather.get",
                    "text": "Sunny.",
                ]
            ],
        ]
        let replies = try home.replies([
            ["messages": [question], "tools": [weather], "thinking": "low"],
            ["messages": [question, "$0", result], "tools": [weather]],
            ["messages": [question, "$0", result], "model": "ollama/plain"],
        ])
        #expect(replies.count == 3 && replies[0]["finish"] == "toolCalls", "\(replies)")
        let parts = replies[0]["message"]?["parts"]?.array ?? []
        #expect(parts.contains { $0["type"] == "thinking" })
        let call = try #require(parts.first { $0["type"] == "toolCall" })
        #expect(call["name"] == "weather.get" && call["arguments"] == ["city": "Rome"])
        #expect(replies[1]["text"] == "3 said: Sunny. " && replies[1]["finish"] == "stop")
        let last = try #require(try asked("/api/chat").dropLast().last?["messages"]?.array?.last)
        #expect(last["role"] == "tool" && last["tool_name"] == "weather_get")
        #expect(replies[2]["failure"] == nil, "\(replies[2])")
    }
}
