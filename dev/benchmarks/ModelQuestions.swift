import KernelCalls
import KernelHTTP
import KernelModels
import KernelSystem
import KernelTesting
import ModuleChat

/// A kernel with the module `openai` as it is shipped, whose questions go to the server of models.
final class ModelQuestions: Sendable {
    private let kernel: BenchKernel
    private let providers: ProviderDesk
    private let client = HTTPClient()
    private let desk = EndpointDesk()
    private let alarms: Alarms
    private let pool = ThreadPool(name: "questions", threadsMax: 4)
    let server: ModelServer

    init(_ house: BenchHouse) throws {
        server = try ModelServer()
        alarms = try Alarms()
        kernel = try BenchKernel(house)
        providers = ProviderDesk(kernel.dispatcher, alarms: alarms)
        let library = try Program.library("libOpenAI.so")
        try kernel.install(try Files.read(library, bytesMax: 1 << 28), as: "openai.so")
        try kernel.events.waitUntilServed(1)
    }

    func stop() {
        client.close()
        pool.close()
        providers.close()
        alarms.close()
        kernel.stop()
    }

    @discardableResult
    func ask(_ model: String, _ listener: any AnsweringListener) -> Answering {
        var endpoint = ModelEndpoint(
            name: "bench", module: "openai", preset: "compatible", base: server.address + "/v1")
        endpoint.limits.stallSeconds = 60
        let target = ModelTarget(ModelInfo(id: model), at: endpoint, dialect: "openai")
        let question = ModelQuestion([ChatMessage(.user, "Why is the sky blue?")], to: [target])
        let tools = AnsweringTools(
            providers: providers, local: NoLocalModels(), desk: desk, client: client,
            alarms: alarms, pool: pool)
        let answering = Answering(question, tools, listener)
        answering.begin()
        return answering
    }

    /// Asks, and waits for the end.
    func answer(_ model: String) throws -> TokenCount {
        let count = TokenCount()
        ask(model, count)
        try count.waitForEnd()
        return count
    }
}

/// Counts the pieces of one answer, and keeps when the first one came.
final class TokenCount: AnsweringListener {
    struct State {
        var tokens = 0
        var firstNanoseconds: UInt64 = 0
        var failure: ChatFailure?
        var isOver = false
    }

    private let state = Condition(State())

    func took(_ event: ChatEvent) {
        guard case .text = event else { return }
        let isFirst = state.withLock { state in
            state.tokens += 1
            guard state.tokens == 1 else { return false }
            state.firstNanoseconds = SystemClock.monotonicNanoseconds
            return true
        }
        if isFirst { state.broadcast() }
    }

    func loads(_ model: ModelReference, _ progress: LoadingProgress) {}
    func loses(_ losses: [String]) {}
    func waits(_ pause: AnsweringPause) {}
    func takes(_ key: AnsweringKey) {}
    func fallsBack(from: ModelReference, to: ModelReference, because: ChatFailure) {}

    func ended(_ end: AnsweringEnd) {
        state.withLock { state in
            state.failure = end.failure
            state.isOver = true
        }
        state.broadcast()
    }

    var counted: State { state.withLock { $0 } }

    func waitForFirst() throws {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        let found = state.wait(untilNanoseconds: deadline) { state -> State? in
            state.tokens > 0 || state.isOver ? state : nil
        }
        guard let found, found.tokens > 0 else {
            throw BenchFailure("no token came: \(found?.failure?.message ?? "nothing at all")")
        }
    }

    func waitForEnd() throws {
        let deadline = SystemClock.monotonicNanoseconds + 120_000_000_000
        let found = state.wait(untilNanoseconds: deadline) { $0.isOver ? $0 : nil }
        guard let found else { throw BenchFailure("an answer did not end") }
        if let failure = found.failure { throw BenchFailure(failure.message) }
    }
}
