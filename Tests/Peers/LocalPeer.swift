import KernelHTTP
import KernelLocal
import KernelModels
import KernelSystem
import KernelTesting
import ModuleChat
import ModuleJSON
import OpenAILogic
import ProviderTesting
import Testing

/// A kernel's local models, asked through the module `openai`. Whatever it has started has ended
/// when it is gone.
final class LocalPeer: Sendable {
    let models: LocalModels
    private let client = HTTPClient()
    private let desk = EndpointDesk()
    private let alarms: Alarms
    private let pool = ThreadPool(name: "questions", threadsMax: 2)
    private let folder: TemporaryFolder

    static let endless: JSONObject = ["ignore_eos": true, "max_tokens": 1_000_000]

    init(in folder: TemporaryFolder) throws {
        self.folder = folder
        alarms = try Alarms()
        let program: String = try #require(Peers.llamaServer, Peers.whyNot)
        models = LocalModels(
            LocalModels.Places(
                folder: folder.file("local"),
                fetchedProgram: try TiedProgram.make(program, in: folder)),
            client: client)
    }

    deinit {
        models.stop(withinSeconds: 10)
        client.close()
        pool.close()
    }

    func use(_ list: LocalModel...) {
        var setup = LocalSetup()
        setup.adoptsRunning = false
        for model in list { setup.models[model.name] = model }
        models.use(setup)
    }

    /// SmolLM2. A full window ends the most endless answer.
    func smallModel(_ name: String, contextTokens: Int = 4_096) throws -> LocalModel {
        var model = LocalModel(name: name, file: try #require(Peers.model, Peers.whyNot))
        model.contextTokens = contextTokens
        model.arguments = ["-np", "1", "-t", "2"]
        return model
    }

    /// Writes the model whose answers are known beforehand.
    func tinyModel(_ name: String, _ option: String = "") throws -> LocalModel {
        let tests = Path.directory(of: Path.directory(of: #filePath))
        let file = folder.file("\(name).gguf")
        let script = Path.join(tests, "Servers/tiny_model.py")
        try Shell.run("/usr/bin/python3 '\(script)' '\(file)' \(option)")
        var model = LocalModel(name: name, file: file)
        model.contextTokens = 32_768
        model.arguments = ["-np", "1", "-t", "2"]
        return model
    }

    /// `body`: members that the server knows and other servers do not.
    func ask(
        _ name: String, _ messages: [ChatMessage], body: JSONObject = [:],
        _ change: (inout ModelQuestion) -> Void = { _ in }
    ) -> (witness: Witness, answering: Answering) {
        var providers = LogicSource()
        providers.add(OpenAI())
        var question = ModelQuestion(messages, to: [ModelTarget(local: name)])
        question.temperature = 0
        change(&question)
        let tools = AnsweringTools(
            providers: providers, local: WithBody(models: models, body: body), desk: desk,
            client: client, alarms: alarms, pool: pool)
        let witness = Witness()
        let answering = Answering(question, tools, witness)
        answering.begin()
        return (witness, answering)
    }

    func ask(
        _ name: String, _ text: String, body: JSONObject = [:]
    ) -> (witness: Witness, answering: Answering) {
        ask(name, [ChatMessage(.user, text)], body: body)
    }

    func process(_ name: String) throws -> Int32 {
        try #require(models.statuses.first { $0.name == name }?.process)
    }

    func waitUntil(_ name: String, _ match: (LocalModelStatus) -> Bool) throws {
        try waitFor("\(name) to be as wanted") {
            models.statuses.first { $0.name == name }.map(match) ?? false
        }
    }

    /// Whether one of the server's slots is at work.
    func isWorking(_ name: String) throws -> Bool {
        let model = Condition<LoadedModel?>(nil)
        let loan = models.borrow(name, progress: { _ in }) { loaded in
            model.withLock { $0 = try? loaded.get() }
            model.broadcast()
        }
        defer { loan.giveBack() }
        let endpoint = try #require(model.wait { $0 }).endpoint
        let base = endpoint.base.dropLast("/v1".count)
        let answer = try Shell.run(
            "curl -s --max-time 10 -H 'Authorization: Bearer \(endpoint.keys[0])' '\(base)/slots'")
        let slots = try JSON(parsing: answer).array ?? []
        #expect(!slots.isEmpty)
        return slots.contains { $0["is_processing"] == true }
    }
}

/// Local models whose server is sent more members with each chat.
private struct WithBody: LocalModelSource {
    let models: LocalModels
    let body: JSONObject

    func borrow(
        _ name: String, progress: @escaping @Sendable (LoadingProgress) -> Void,
        done: @escaping @Sendable (Result<LoadedModel, ChatFailure>) -> Void
    ) -> LocalLoan {
        models.borrow(name, progress: progress) { loaded in
            done(
                loaded.map { loaded in
                    var endpoint = loaded.endpoint
                    if body.count > 0 { endpoint.options = ["body": .object(body)] }
                    return LoadedModel(
                        endpoint: endpoint, dialect: loaded.dialect, info: loaded.info)
                })
        }
    }
}
