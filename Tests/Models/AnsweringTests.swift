import KernelHTTP
import KernelSystem
import KernelTesting
import ModelTesting
import ModuleChat
import ModuleJSON
import Synchronization
import Testing

@testable import KernelModels

/// Questions to servers on this machine.
@Suite(.timeLimit(.minutes(2)), .blocking)
struct AnsweringTests {
    let client = HTTPClient()
    let alarms: Alarms
    let desk: EndpointDesk
    let pool = ThreadPool(name: "questions", threadsMax: 4)
    /// What a person was warned of.
    let warnings = Texts()

    final class Texts: Sendable {
        let list = Mutex<[String]>([])
    }

    init() throws {
        alarms = try Alarms()
        let warnings = warnings
        desk = EndpointDesk { text in warnings.list.withLock { $0.append(text) } }
    }

    func tools(
        _ provider: any ProviderSource = LineProvider(), _ local: InstantModels = InstantModels()
    ) -> AnsweringTools {
        AnsweringTools(
            providers: provider, local: local, desk: desk, client: client, alarms: alarms,
            pool: pool)
    }

    func target(
        _ server: LoopbackServer, _ name: String = "one", keys: [String] = [],
        _ change: (inout ModelInfo) -> Void = { _ in }
    ) -> ModelTarget {
        var endpoint = ModelEndpoint(
            name: name, module: "lines", preset: "lines", base: server.address)
        endpoint.keys = keys
        var info = ModelInfo(id: "m")
        change(&info)
        return ModelTarget(info, at: endpoint, dialect: "lines")
    }

    func ask(
        _ targets: [ModelTarget], _ tools: AnsweringTools? = nil, hearing ear: Ear = Ear(),
        _ change: (inout ModelQuestion) -> Void = { _ in }
    ) -> (Ear, Answering) {
        var question = ModelQuestion([ChatMessage(.user, "hello")], to: targets)
        question.policy.firstDelaySeconds = 0.01
        change(&question)
        let answering = Answering(question, tools ?? self.tools(), ear)
        answering.begin()
        return (ear, answering)
    }

    static let whole = "{\"text\":\"Hi \"}\n{\"text\":\"there\"}\n{\"finish\":\"stop\"}\n"

    static func server(
        _ answer: @escaping @Sendable (LoopbackServer.Connection, Int, String) -> Void
    ) throws -> LoopbackServer {
        try LoopbackServer { connection, number in
            guard let request = connection.request() else { return }
            answer(connection, number, request)
        }
    }

    static func failure(_ kind: ChatFailure.Kind) -> String { "{\"kind\":\"\(kind)\"}" }

    @Test func `an answer comes in pieces and ends once`() throws {
        let server = try Self.server { connection, _, request in
            connection.answer(request.contains("\"hello\"") ? Self.whole : "")
        }
        let (ear, _) = ask([target(server)])
        let end = try #require(ear.waitForEnd())
        #expect(end.failure == nil && ear.text == "Hi there")
        #expect(end.answer.message { "id" } == ChatMessage(.assistant, "Hi there"))
        #expect("\(end.by)" == "one/m")
    }

    @Test(arguments: [(300, 1), (90, 0)])
    func `a long chat is counted once by a server that can, and told before it is sent`(
        tokens: Int, told: Int
    ) throws {
        let kinds = Texts()
        let server = try Self.server { connection, number, request in
            let isCount = request.contains("\"kind\":\"tokens\"")
            kinds.list.withLock { $0.append(isCount ? "tokens" : "chat") }
            if isCount { return connection.answer("{\"tokens\":\(tokens)}\n") }
            if number == 2 { return connection.answer(Self.failure(.overloaded), status: "503 No") }
            connection.answer(Self.whole)
        }
        var target = target(server) { $0.windowTokens = 100 }
        guard case .server(var endpoint, let dialect) = target.place else { return }
        endpoint.module = "counting"
        target = ModelTarget(target.info, at: endpoint, dialect: dialect)
        let (ear, _) = ask([target]) {
            $0.messages = [ChatMessage(.user, String(repeating: "word ", count: 80))]
        }
        #expect(try #require(ear.waitForEnd()).failure == nil && ear.text == "Hi there")
        #expect(kinds.list.withLock { $0 } == ["tokens", "chat", "chat"])
        #expect(ear.log.count { $0.contains("takes 300 tokens") } == told)
        #expect(ear.log.count == told + 1)
    }

    @Test func `a question that is taken back while it is counted is not sent`() throws {
        let isAsked = Condition(0)
        let server = try Self.server { connection, _, _ in
            isAsked.withLock { $0 += 1 }
            isAsked.broadcast()
            connection.waitForEnd()
        }
        var target = target(server) { $0.windowTokens = 1 }
        guard case .server(var endpoint, let dialect) = target.place else { return }
        endpoint.module = "counting"
        target = ModelTarget(target.info, at: endpoint, dialect: dialect)
        let (ear, answering) = ask([target])
        _ = isAsked.wait { $0 > 0 ? true : nil }
        answering.cancel()
        #expect(try #require(ear.waitForEnd()).failure?.kind == .cancelled)
        #expect(isAsked.withLock { $0 } == 1)
    }

    @Test func `a model without tools calls one in the form that its server holds it to`() throws {
        let form = #"{\"tool\": \"fs.read\", \"arguments\": {\"path\": \"/a\"}}"#
        let server = try Self.server { connection, _, request in
            let isHeld = request.contains("answerSchema") && !request.contains("\"tools\"")
            connection.answer(isHeld ? "{\"text\":\"\(form)\"}\n{\"finish\":\"stop\"}\n" : "")
        }
        var target = target(server) { $0.takesTools = false }
        guard case .server(var endpoint, let dialect) = target.place else { return }
        endpoint.preset = "llama-server"
        target = ModelTarget(target.info, at: endpoint, dialect: dialect)
        let (ear, _) = ask([target]) {
            $0.tools = [ChatTool(name: "fs.read", about: "Reads.", schema: [:])]
        }
        let end = try #require(ear.waitForEnd())
        #expect(end.failure == nil && ear.text.isEmpty)
        #expect(end.answer.message { "id" }.toolCalls.first?.arguments == ["path": "/a"])
        #expect(ear.log.first?.contains("was not made for tools") == true)
    }

    @Test func `a server that is busy is asked again, and what was said before is not heard`()
        throws
    {
        let server = try Self.server { connection, number, _ in
            if number < 3 {
                connection.answer(Self.failure(.overloaded), status: "529 Busy")
            } else {
                connection.answer(Self.whole)
            }
        }
        let (ear, _) = ask([target(server)])
        #expect(try #require(ear.waitForEnd()).failure == nil)
        #expect(ear.log == ["wait overloaded", "wait overloaded"])
        #expect(ear.text == "Hi there" && server.connections == 3)
    }

    @Test func `an answer that breaks after text is kept and not asked for again`() throws {
        let server = try Self.server { connection, _, _ in
            connection.send(
                "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"text\":\"Half\"}\n")
        }
        let (ear, _) = ask([target(server), target(server, "two")])
        let end = try #require(ear.waitForEnd())
        #expect(end.failure?.kind == .cutShort && server.connections == 1)
        #expect(end.answer.message { "id" }.text == "Half")
    }

    @Test func `a stream that ends without a finish is no answer`() throws {
        let server = try Self.server { connection, _, _ in connection.answer("{\"text\":\"Ha\"}\n")
        }
        let (ear, _) = ask([target(server)])
        #expect(try #require(ear.waitForEnd()).failure?.kind == .cutShort)
    }

    @Test func `the next model takes over, and it is told`() throws {
        let down = try Self.server { connection, _, _ in
            connection.answer(Self.failure(.modelNotFound), status: "404 Not Found")
        }
        let up = try Self.server { connection, _, _ in connection.answer(Self.whole) }
        let (ear, _) = ask([target(down), target(up, "two")])
        let end = try #require(ear.waitForEnd())
        #expect(end.failure == nil && "\(end.by)" == "two/m")
        #expect(ear.log == ["one/m to two/m: modelNotFound"])
    }

    @Test func `keys take turns when one meets a limit`() throws {
        let keys = Mutex<[String]>([])
        let server = try Self.server { connection, number, request in
            let line = request.split(separator: "\r\n").first { $0.contains("Bearer") } ?? ""
            keys.withLock { $0.append(String(line.split(separator: " ").last ?? "")) }
            if number == 1 {
                connection.answer(
                    Self.failure(.rateLimit), status: "429 Slow", headers: "Retry-After: 30\r\n")
            } else {
                connection.answer(Self.whole)
            }
        }
        for log in [["key 2 of 2: rateLimit"], []] {
            let (ear, _) = ask([target(server, keys: ["k1", "k2"])])
            #expect(try #require(ear.waitForEnd()).failure == nil && ear.log == log)
        }
        #expect(
            warnings.list.withLock { $0 } == [
                "key 1 of the 2 of [providers.one] met a limit and rests for 30 s (said rateLimit)"
            ])
        // The second question begins with the key that worked.
        #expect(keys.withLock { $0 } == ["k1", "k2", "k2"])
    }

    @Test func `cancelling ends it at once and closes the connection`() throws {
        let isClosed = Condition(false)
        let server = try Self.server { connection, _, _ in
            connection.send(
                "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"text\":\"Half\"}\n")
            connection.waitForEnd()
            isClosed.withLock { $0 = true }
            isClosed.broadcast()
        }
        let (ear, answering) = ask([target(server)])
        _ = ear.wait { $0.text == "Half" ? true : nil }
        answering.cancel()
        let end = try #require(ear.waitForEnd())
        #expect(end.failure?.kind == .cancelled && end.answer.message { "id" }.text == "Half")
        _ = isClosed.wait { $0 ? true : nil }
    }

    @Test func `a wait can be cancelled`() throws {
        let server = try Self.server { connection, _, _ in
            connection.answer(
                Self.failure(.overloaded), status: "529 Busy", headers: "Retry-After: 50\r\n")
        }
        let (ear, answering) = ask([target(server)])
        _ = ear.wait { $0.log.isEmpty ? nil : true }
        answering.cancel()
        #expect(try #require(ear.waitForEnd()).failure?.kind == .cancelled)
    }

    @Test func `a server that failed five times in a row is left alone, with its reason`() throws {
        let server = try Self.server { connection, _, _ in
            connection.answer(Self.failure(.server), status: "500 Broken")
        }
        // No more tries than failures: a try in vain would wait for the server to be let in again.
        for tries in [4, 1] {
            let (ear, _) = ask([target(server)]) { $0.policy.triesMax = tries }
            _ = ear.waitForEnd()
        }
        let before = server.connections
        let (ear, _) = ask([target(server)]) { $0.policy.triesMax = 1 }
        let failure = try #require(ear.waitForEnd()?.failure)
        #expect(failure.message.contains("left alone") && failure.message.contains("said server"))
        #expect(server.connections == before)
    }

    @Test func `what a model cannot take is said before it is sent`() throws {
        let server = try Self.server { connection, _, _ in connection.answer(Self.whole) }
        let (ear, _) = ask([
            target(server) {
                $0.takesImages = false
                $0.takesTools = false
            }
        ]) {
            $0.messages = [
                ChatMessage(
                    .user,
                    [.text("what is this?"), .image(ChatImage(mediaType: "image/png", base64: ""))]
                )
            ]
            $0.tools = [ChatTool(name: "look", about: "Looks.", schema: ["type": "object"])]
        }
        #expect(try #require(ear.waitForEnd()).failure == nil)
        #expect(ear.log.count == 2)
    }

    @Test func `a local model is loaded first, and given back at the end`() throws {
        let server = try Self.server { connection, _, _ in connection.answer(Self.whole) }
        var local = InstantModels()
        local.model = .success(
            LoadedModel(
                endpoint: ModelEndpoint(
                    name: "local", module: "lines", preset: "lines", base: server.address),
                dialect: "lines", info: ModelInfo(id: "m")))
        let (ear, _) = ask([ModelTarget(local: "small")], tools(LineProvider(), local))
        let end = try #require(ear.waitForEnd())
        #expect(end.failure == nil && "\(end.by)" == "local/small")
        #expect(ear.log == ["loading small"] && local.givenBack.count.withLock { $0 } == 1)
    }

    @Test func `a local model that cannot be loaded gives way to the next`() throws {
        let server = try Self.server { connection, _, _ in connection.answer(Self.whole) }
        let (ear, _) = ask([ModelTarget(local: "small"), target(server)])
        #expect(try #require(ear.waitForEnd()).failure == nil)
        #expect(ear.log.last == "local/small to one/m: modelNotFound")
    }

    @Test func `a provider that is not there is a failure, not a wait`() throws {
        let server = try Self.server { connection, _, _ in connection.answer(Self.whole) }
        let missing = LineProvider(refusal: ChatFailure(.badRequest, "no module lines"))
        let (ear, _) = ask([target(server)], tools(missing))
        #expect(try #require(ear.waitForEnd()?.failure).message == "no module lines")
        #expect(server.connections == 0)
    }

    @Test func `a module gets no key and no chat to another server than the user named`() throws {
        let server = try Self.server { connection, _, _ in connection.answer(Self.whole) }
        let thief = try Self.server { connection, _, _ in connection.answer(Self.whole) }
        for address in [thief.address, "http://user@\(server.address.dropFirst(7))", "file:///x"] {
            let (ear, _) = ask(
                [target(server, keys: ["sk-secret"])], tools(LineProvider(asking: address)))
            let failure = try #require(ear.waitForEnd()?.failure)
            #expect(failure.kind == .badRequest && failure.message.contains("module lines"))
        }
        #expect(thief.connections == 0 && server.connections == 0)
        let (ear, _) = ask([target(server)], tools(LineProvider(asking: server.address + "/x?y")))
        #expect(try #require(ear.waitForEnd()).failure == nil)
    }

    @Test func `a chat with calls that goes on without tools tells them in words`() throws {
        let body = Mutex("")
        let server = try Self.server { connection, _, request in
            body.withLock { $0 = request }
            connection.answer(Self.whole)
        }
        let call = ChatToolCall(id: "1", name: "look", arguments: [:])
        let (ear, _) = ask([target(server)]) {
            $0.messages = [
                ChatMessage(.user, "u"), ChatMessage(.assistant, [.toolCall(call)]),
                ChatMessage(
                    .tool, [.toolResult(ChatToolResult(call: "1", name: "look", text: "sun"))]),
                ChatMessage(.user, "so?"),
            ]
        }
        #expect(try #require(ear.waitForEnd()).failure == nil)
        let sent = body.withLock { $0 }
        #expect(!sent.contains("toolCall\"") && sent.contains("[called look"))
    }
}
