import KernelConfig
import KernelHTTP
import KernelSystem
import KernelTesting
import ModuleJSON
import Synchronization
import Testing

@testable import KernelSetup

/// On a machine that has nothing but what a test puts there.
@Suite(.blocking) struct KernelSetupTests {
    private let folder: TemporaryFolder
    private let client = HTTPClient()

    init() throws {
        folder = try TemporaryFolder()
    }

    private var file: String { folder.file(".config/kernel/kernel.toml") }

    private func text() throws -> String {
        String(decoding: try Files.read(file, bytesMax: 1 << 20), as: UTF8.self)
    }

    private func machine(
        _ environment: [String: String] = [:], ollama: String? = nil, llamaServer: String? = nil
    ) throws -> SetupMachine {
        let process = Paths.Process(
            environment: ["HOME": folder.path], userId: ProcessFacts.user,
            workingFolder: folder.path)
        var machine = SetupMachine(
            try Paths(process), environment: environment, client: client)
        // Nobody listens there.
        machine.ollamaBase = ollama ?? "http://127.0.0.1:1"
        machine.llamaServerBase = llamaServer ?? "http://127.0.0.1:1"
        return machine
    }

    private final class Said: Sendable {
        let lines = Mutex<[String]>([])
        var all: String { lines.withLock { $0.joined(separator: "\n") } }
    }

    private func run(
        _ machine: SetupMachine, said: Said = Said(), answers: [String]? = nil,
        _ change: (inout SetupRequest) -> Void = { _ in }
    ) throws -> KernelSetup.Outcome {
        var request = SetupRequest()
        change(&request)
        let left = Mutex(answers ?? [])
        let ask: @Sendable (String) -> String? = { _ in
            left.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }
        let console = SetupConsole(
            say: { line in said.lines.withLock { $0.append(line) } },
            ask: answers == nil ? nil : ask, progress: nil)
        defer { client.close() }
        return try KernelSetup(machine, request, console).run()
    }

    /// A server that answers each path with a body.
    private func server(
        _ answers: [String: String], key: String? = nil
    ) throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            while let request = connection.request() {
                let path = request.split(separator: " ").dropFirst().first.map(String.init) ?? ""
                let isKnown =
                    key.map { request.contains("Authorization: Bearer \($0)\r\n") } ?? true
                if !isKnown {
                    connection.answer(
                        #"{"error": {"message": "wrong key"}}"#, status: "401 Unauthorized")
                } else if let body = answers[path] {
                    connection.answer(body)
                } else {
                    connection.answer("{}", status: "404 Not Found")
                }
            }
        }
    }

    private static let hello = #"{"choices": [{"message": {"content": "Hello\nthere!"}}]}"#

    @Test func `a model that is configured stays`() throws {
        try Files.makeDirectories(Path.directory(of: file))
        try Files.replace(file, with: Array("[chat]\nmodel = \"a/b\"\n".utf8))
        #expect(try run(machine()) == .configured(model: "a/b"))
        #expect(try text() == "[chat]\nmodel = \"a/b\"\n")
    }

    @Test func `a configuration with a mistake is mended first`() throws {
        try Files.makeDirectories(Path.directory(of: file))
        try Files.replace(file, with: Array("[chat\n".utf8))
        #expect(throws: KernelSetup.Failure.self) { _ = try run(machine()) }
    }

    @Test func `Ollama's model that was changed last is taken, once it has answered`() throws {
        let tags = """
            {"models": [{"name": "old", "modified_at": "2025-01-01"},
             {"name": "new", "modified_at": "2026-01-01"},
             {"name": "x-embed", "modified_at": "2026-02-02"}]}
            """
        let ollama = try server(["/api/tags": tags, "/v1/chat/completions": Self.hello])
        let outcome = try run(machine(ollama: ollama.address))
        #expect(outcome == .chosen(model: "ollama/new", answer: "Hello there!"))
        let written = try text()
        #expect(written.contains("[providers.ollama]\n"))
        #expect(written.contains("[chat]\nmodel = \"ollama/new\"\n"))
    }

    @Test func `a llama-server is taken, whatever else listens at its port is not`() throws {
        let models = #"{"data": [{"id": "/m/a.gguf"}]}"#
        let other = try server(["/v1/models": models])
        #expect(try run(machine(llamaServer: other.address)) == .nothing)
        let real = try server([
            "/props": #"{"model_path": "/m/a.gguf"}"#, "/v1/models": models,
            "/v1/chat/completions": Self.hello,
        ])
        let again = try KernelSetupTests()
        let outcome = try again.run(again.machine(llamaServer: real.address))
        #expect(outcome == .chosen(model: "llama-server/a.gguf", answer: "Hello there!"))
    }

    @Test func `a model that does not answer is not written down`() throws {
        let ollama = try server(["/api/tags": #"{"models": [{"name": "a"}]}"#])
        #expect(throws: KernelSetup.Failure.self) {
            _ = try run(machine(ollama: ollama.address))
        }
        #expect(!Files.exists(file))
    }

    @Test func `a key that is accepted is kept where only its owner reads it`() throws {
        let provider = try server(
            [
                "/models": #"{"data": [{"id": "models/gpt-5"}, {"id": "whisper"}]}"#,
                "/chat/completions": Self.hello,
            ], key: "secret")
        var machine = try machine(["OPENAI_API_KEY": "secret"])
        machine.keys[0].base = provider.address
        let said = Said()
        // The first choice is the download.
        let outcome = try run(machine, said: said, answers: ["7", "2"])
        #expect(outcome == .chosen(model: "openai/gpt-5", answer: "Hello there!"))
        #expect(said.all.contains("chats then leave this machine") && !said.all.contains("secret"))
        #expect(said.all.contains("this session has no bus, and so no keyring"))
        let secret = folder.file(".config/kernel/keys/openai")
        #expect(try Files.read(secret, bytesMax: 100) == Array("secret\n".utf8))
        #expect(try Files.status(secret).permissions == 0o600)
        #expect(try text().contains("[providers.openai]\nkeys = [\"file:keys/openai\"]\n"))
        #expect(try !text().contains("secret"))
    }

    @Test func `Ollama is written where it was found`() throws {
        let ollama = try server(
            [
                "/api/tags": #"{"models": [{"name": "m", "modified_at": "2026-01-01"}]}"#,
                "/v1/chat/completions": Self.hello,
            ])
        let place = String(ollama.address.dropFirst("http://".count))
        var machine = try machine(["OLLAMA_HOST": place])
        machine.ollamaBase = SetupMachine.base(ofOllama: place)
        _ = try run(machine)
        #expect(try text().contains("[providers.ollama]\nbase_url = \"\(ollama.address)\"\n"))
    }

    @Test func `Ollama is looked for where the configuration has it`() throws {
        let ollama = try server(
            [
                "/api/tags": #"{"models": [{"name": "m", "modified_at": "2026-01-01"}]}"#,
                "/v1/chat/completions": Self.hello,
            ])
        try Files.makeDirectories(Path.directory(of: file))
        let own = "[providers.ollama]\nbase_url = \"\(ollama.address)/\"\n"
        try Files.replace(file, with: Array(own.utf8))
        #expect(try run(machine()) == .chosen(model: "ollama/m", answer: "Hello there!"))
        #expect(try text().hasPrefix(own))
    }

    @Test func `a key is not kept where the table is there already`() throws {
        let provider = try server([:], key: "secret")
        var machine = try machine(["OPENAI_API_KEY": "secret"])
        machine.keys[0].base = provider.address
        try Files.makeDirectories(Path.directory(of: file))
        let own = "[providers.openai]\nkeys = [\"env:OLD\"]\n"
        try Files.replace(file, with: Array(own.utf8))
        let failure = #expect(throws: KernelSetup.Failure.self) {
            _ = try run(machine) { $0.keyVariable = "OPENAI_API_KEY" }
        }
        #expect(
            failure?.description.contains("write keys = [\"env:OPENAI_API_KEY\"] there") == true)
        #expect(try text() == own && provider.connections == 0)
        #expect(!Files.exists(folder.file(".config/kernel/keys/openai")))
    }

    @Test func `of several models of one's own it is said how one is chosen`() throws {
        try Files.makeDirectories(Path.directory(of: file))
        let own = "[models.a]\nmodel = \"x/y\"\n[models.b]\nmodel = \"x/z\"\n"
        try Files.replace(file, with: Array(own.utf8))
        let said = Said()
        #expect(try run(machine(), said: said) == .nothing)
        #expect(said.all.contains("model = \"b\" under [chat] of"))
        #expect(try text() == own)
    }

    @Test(.enabled(if: RealKeyring.isPossible, "gnome-keyring is not installed"))
    func `a key goes to the desktop keyring where there is one`() throws {
        let provider = try server(
            ["/models": #"{"data": [{"id": "gpt-5"}]}"#, "/chat/completions": Self.hello],
            key: "secret")
        let keyring = RealKeyring()
        let environment = keyring.environment.merging(["OPENAI_API_KEY": "secret"]) { one, _ in one
        }
        var machine = try machine(environment)
        machine.keys[0].base = provider.address
        let said = Said()
        _ = try run(machine, said: said) { $0.keyVariable = "OPENAI_API_KEY" }
        #expect(try text().contains("[providers.openai]\nkeys = [\"keyring:openai\"]\n"))
        #expect(try Keyring(environment: keyring.environment).secret("openai") == "secret")
        #expect(said.all.contains("in the desktop keyring now, under the name openai"))
        #expect(!Files.exists(folder.file(".config/kernel/keys/openai")))
    }

    @Test func `a key that the provider refuses is not kept`() throws {
        let provider = try server(["/models": "{}"], key: "secret")
        var machine = try machine(["OPENAI_API_KEY": "other"])
        machine.keys[0].base = provider.address
        let failure = #expect(throws: KernelSetup.Failure.self) {
            _ = try run(machine) { $0.keyVariable = "OPENAI_API_KEY" }
        }
        #expect(failure?.description.contains("wrong key") == true)
        #expect(!Files.exists(folder.file(".config/kernel/keys/openai")))
    }

    @Test func `without a terminal it is said how, and nothing is done`() throws {
        let said = Said()
        #expect(try run(machine(["XAI_API_KEY": "k"]), said: said) == .nothing)
        #expect(said.all.contains("kernel setup --yes"))
        #expect(said.all.contains("kernel setup --key XAI_API_KEY"))
        #expect(!Files.exists(file))
    }

    @Test func `who has said no is not asked again by whoever asks once`() throws {
        #expect(try run(machine(), answers: ["2"]) { $0.isOnce = true } == .nothing)
        let said = Said()
        let again = { (answers: [String]) in
            try self.run(self.machine(), said: said, answers: answers) { $0.isOnce = true }
        }
        #expect(try again([]) == .nothing)
        #expect(said.all.isEmpty)
    }

    @Test func `the one model that is named is chosen after it has answered`() throws {
        try Files.makeDirectories(Path.directory(of: file))
        let old = "[models.mine]\nmodel = \"deepseek/deepseek-chat\"\n"
        try Files.replace(file, with: Array(old.utf8))
        #expect(try run(machine()) == .chosen(model: "mine", answer: nil))
        #expect(try text().hasPrefix(old))
        #expect(try text().hasSuffix("[chat]\nmodel = \"mine\"\n"))
    }
}
