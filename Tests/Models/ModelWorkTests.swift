import KernelHTTP
import KernelSystem
import KernelTesting
import ModelTesting
import ModuleChat
import ModuleJSON
import Testing

@testable import KernelModels

/// Orders that are no chats, to servers on this machine.
@Suite(.timeLimit(.minutes(2)), .blocking)
struct ModelWorkTests {
    private let desk: ModelDesk

    init() throws {
        desk = ModelDesk(
            providers: LineProvider(), alarms: try Alarms(), cacheFolder: "",
            configuration: { preconditionFailure("nobody looks for a model") })
    }

    private func list(_ endpoint: ModelEndpoint) throws -> Result<JSON, ChatFailure> {
        let answer = Condition<Result<JSON, ChatFailure>?>(nil)
        let work = ModelWork { result in
            answer.withLock { $0 = result }
            answer.broadcast()
        }
        desk.begin(work, .models, endpoint)
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return try #require(answer.wait(untilNanoseconds: deadline) { $0 })
    }

    private func endpoint(_ server: LoopbackServer, keys: [String]) -> ModelEndpoint {
        var endpoint = ModelEndpoint(
            name: "one", module: "lines", preset: "lines", base: server.address)
        endpoint.keys = keys
        return endpoint
    }

    @Test func `a list is asked for with a key that does not rest, and the others learn of limits`()
        throws
    {
        let server = try LoopbackServer { connection, _ in
            guard let request = connection.request() else { return }
            if request.contains("Bearer k1") {
                connection.answer(
                    "{\"kind\":\"rateLimit\"}", status: "429 Slow",
                    headers: "Retry-After: 30\r\n")
            } else {
                connection.answer("{\"models\":[]}\n")
            }
        }
        let endpoint = endpoint(server, keys: ["k1", "k2"])
        for connections in [2, 3] {
            #expect(try list(endpoint) == .success([]))
            #expect(server.connections == connections)
        }
        let only = self.endpoint(server, keys: ["k1"])
        for _ in 0..<2 {
            guard case .failure(let failure) = try list(only) else {
                Issue.record("listed")
                return
            }
            #expect(failure.kind == .rateLimit)
        }
        // The second was not sent.
        #expect(server.connections == 4)
    }

    @Test func `a server that is left alone is not asked for its list either`() throws {
        let server = try LoopbackServer { connection, _ in
            guard connection.request() != nil else { return }
            connection.answer("{\"kind\":\"server\"}", status: "500 Broken")
        }
        let endpoint = endpoint(server, keys: [])
        for _ in 0..<5 { _ = try list(endpoint) }
        guard case .failure(let failure) = try list(endpoint) else {
            Issue.record("listed")
            return
        }
        #expect(failure.message.contains("left alone") && server.connections == 5)
    }
}
