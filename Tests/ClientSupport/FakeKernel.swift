import KernelSystem
package import KernelWire
package import ModuleJSON
import Synchronization
import Testing

/// The other end of a client: answers as it is told, and remembers what it was asked.
package final class FakeKernel: Sendable {
    package typealias Answer = @Sendable (FakeKernel, _ request: RequestID, _ run: RunCall) -> Void

    /// The client's end.
    package let transport: InMemoryTransport
    private let own: InMemoryTransport
    private let state: Condition<State>
    private let tasks: [String: Answer]
    /// What the test answers itself.
    private let unanswered: Set<String>

    private struct State {
        var modules: [ModuleDescription]
        var notices: [String]
        var asked: [Asked] = []
    }

    package struct Asked: Sendable, Equatable {
        package var method: String
        package var params: JSON
        package var id: RequestID
    }

    package init(
        modules: [ModuleDescription] = [Samples.files, Samples.art], notices: [String] = [],
        tasks: [String: Answer] = [:], unanswered: Set<String> = []
    ) {
        (own, transport) = InMemoryTransport.pair()
        state = Condition(State(modules: modules, notices: notices))
        self.tasks = tasks
        self.unanswered = unanswered
        own.start(receive: { self.receive($0) }, closed: {})
    }

    package func setModules(_ modules: [ModuleDescription]) {
        state.withLock { $0.modules = modules }
    }

    package func close() {
        own.close()
    }

    package func tell(_ method: String, _ content: some Encodable) throws {
        own.send(.notification(method: method, params: try JSON.encode(content)))
    }

    package func reply(_ request: RequestID, _ result: JSON) {
        own.send(.reply(id: request, result: result))
    }

    package func fail(_ request: RequestID, _ error: WireError) {
        own.send(.failure(id: request, error))
    }

    /// Ends a call.
    package func end(
        _ request: RequestID, _ kind: String, _ value: JSON, status: String = "ok",
        message: String = ""
    ) {
        reply(
            request,
            [
                "call": request.json, "status": .string(status), "kind": .string(kind),
                "value": value, "message": .string(message), "milliseconds": 1.5,
            ])
    }

    package func started(_ request: RequestID, call: UInt64) {
        try? tell(CallNews.started, CallNews(request: request, call: call))
    }

    package func printed(_ request: RequestID, _ text: String) {
        var news = CallNews(request: request, call: 1)
        news.kind = "text"
        news.value = .string(text)
        try? tell(CallNews.output, news)
    }

    package func progressed(_ request: RequestID, _ fraction: Double, _ note: String) {
        var news = CallNews(request: request, call: 1)
        news.fraction = fraction
        news.note = note
        try? tell(CallNews.progress, news)
    }

    /// Waits until the client has asked for this so many times.
    @discardableResult
    package func waitFor(_ method: String, count: Int = 1) throws -> Asked {
        let deadline = SystemClock.monotonicNanoseconds + 10_000_000_000
        let found = state.wait(untilNanoseconds: deadline) { state -> Asked? in
            let matching = state.asked.filter { $0.method == method }
            return matching.count >= count ? matching[count - 1] : nil
        }
        return try #require(found, "the client never asked for \(method)")
    }

    package var asked: [Asked] { state.withLock { $0.asked } }

    private func receive(_ message: WireMessage) {
        guard case .request(let id, let method, let params) = message else { return }
        if !unanswered.contains(method) { answer(id, method, params) }
        state.withLock { $0.asked.append(Asked(method: method, params: params, id: id)) }
        state.broadcast()
    }

    private func answer(_ id: RequestID, _ method: String, _ params: JSON) {
        switch method {
        case Welcome.method: reply(id, encoded(welcome))
        case WireMethod.listModules: reply(id, encoded(state.withLock { $0.modules }))
        case WireMethod.listCalls: reply(id, [])
        case ListTasks.method: reply(id, ["tasks": []])
        case WireMethod.showConfiguration: reply(id, ["text": "[log]\nlevel = \"info\"\n"])
        case WireMethod.recentLog: reply(id, encoded([Self.logEntry]))
        case WireMethod.reloadModule: reply(id, encoded(Self.reloaded))
        case RunCall.method: run(id, params)
        default: reply(id, [:])
        }
    }

    package static let logEntry = LogEntry(
        time: "12:00:01", level: "warning", module: "fs", call: 7, text: "slow disk")

    package static let reloaded = KernelNews(
        event: "reloaded", module: "fs", text: "fs 1.0.0 reloaded", tone: "success")

    private var welcome: Welcome {
        let (modules, notices) = state.withLock { ($0.modules, $0.notices) }
        return Welcome(
            kernelVersion: "0.1.0", process: 42, isDevelopment: true,
            configurationFile: "/home/ann/.config/kernel/kernel.toml", hasConfiguration: true,
            modules: modules, notices: notices)
    }

    private func run(_ id: RequestID, _ params: JSON) {
        guard let order = try? params.decode(RunCall.self), let answer = tasks[order.task] else {
            return fail(id, .notFound("no such task here"))
        }
        answer(self, id, order)
    }

    private func encoded(_ content: some Encodable) -> JSON {
        (try? JSON.encode(content)) ?? .null
    }
}
