import KernelHTTP
import KernelSystem
import KernelTesting
import ModelTesting
import ModuleChat
import Synchronization
import Testing

@testable import KernelModels

/// Servers, keys and modules that fail, and what else is being asked meanwhile.
extension AnsweringTests {
    /// The server has failed until a moment ago: the next question is its trial.
    private func openCircuit(_ target: ModelTarget) throws {
        guard case .server(let endpoint, _) = target.place else { return }
        let past = SystemClock.monotonicNanoseconds - 16_000_000_000
        for _ in 0..<5 {
            let entrance = desk.enter(
                endpoint, model: target.info.id, now: past, whenTried: {})
            guard case .entered(let pass) = entrance else {
                Issue.record("not let in")
                return
            }
            desk.failed(pass, key: 0, ChatFailure(.server, "down"), now: past)
        }
    }

    /// A server that is silent to the first connection until the other side is gone.
    private static func serverThatThinksFirst() throws -> LoopbackServer {
        try server { connection, number, _ in
            guard number > 1 else { return connection.waitForEnd() }
            connection.answer(whole)
        }
    }

    @Test func `a trial that is cancelled does not shut the server off`() throws {
        let server = try Self.serverThatThinksFirst()
        let target = target(server)
        try openCircuit(target)
        let (ear, answering) = ask([target])
        try waitFor("the trial to be sent") { server.connections == 1 }
        answering.cancel()
        #expect(try #require(ear.waitForEnd()).failure?.kind == .cancelled)
        let (next, _) = ask([target])
        #expect(try #require(next.waitForEnd()).failure == nil && next.log.isEmpty)
    }

    @Test func `a trial that no module takes does not shut the server off`() throws {
        let server = try Self.server { connection, _, _ in connection.answer(Self.whole) }
        let target = target(server)
        try openCircuit(target)
        let missing = LineProvider(refusal: ChatFailure(.badRequest, "no module lines"))
        let (ear, _) = ask([target], tools(missing))
        #expect(try #require(ear.waitForEnd()?.failure).message == "no module lines")
        let (next, _) = ask([target])
        #expect(try #require(next.waitForEnd()).failure == nil && next.log.isEmpty)
    }

    @Test func `while one question is a trial the others wait for what comes of it`() throws {
        let isReleased = Condition(false)
        let server = try Self.server { connection, number, _ in
            if number == 1 { _ = isReleased.wait { $0 ? true : nil } }
            connection.answer(Self.whole)
        }
        let target = target(server)
        try openCircuit(target)
        let (trial, _) = ask([target])
        try waitFor("the trial to be sent") { server.connections == 1 }
        let others = (0..<3).map { _ in ask([target]).0 }
        for ear in others { _ = ear.wait { $0.log.isEmpty ? nil : true } }
        #expect(server.connections == 1)
        isReleased.withLock { $0 = true }
        isReleased.broadcast()
        for ear in others + [trial] { #expect(try #require(ear.waitForEnd()).failure == nil) }
        #expect(server.connections == 4)
    }

    @Test func `keys that meet a limit without an end do not storm the server`() throws {
        let server = try Self.server { connection, _, _ in
            connection.answer(
                Self.failure(.rateLimit), status: "429 Slow", headers: "Retry-After: 0\r\n")
        }
        let (ear, _) = ask([target(server, keys: ["k1", "k2"])]) { $0.policy.triesMax = 2 }
        #expect(try #require(ear.waitForEnd()).failure?.kind == .rateLimit)
        #expect(server.connections == 4)
    }

    @Test func `a key that is refused is left aside by all questions, and a person told once`()
        throws
    {
        let server = try Self.server { connection, _, request in
            if request.contains("k1") {
                connection.answer(Self.failure(.authentication), status: "401 No")
            } else {
                connection.answer(Self.whole)
            }
        }
        for log in [["key 2 of 2: authentication"], [], []] {
            let (ear, _) = ask([target(server, keys: ["k1", "k2"])])
            #expect(try #require(ear.waitForEnd()).failure == nil && ear.log == log)
        }
        #expect(server.connections == 4)
        let warnings = warnings.list.withLock { $0 }
        #expect(warnings.count == 1 && warnings[0].contains("key 1 of the 2 of [providers.one]"))
        #expect(!warnings[0].contains("k1"))
    }

    @Test(arguments: [true, false])
    func `an answer is whole when the model has finished, however the connection ends`(
        isKeptOpen: Bool
    ) throws {
        let server = try Self.server { connection, _, _ in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n\(Self.whole)")
            if isKeptOpen { connection.waitForEnd() }
        }
        let target = target(server)
        for _ in 0..<6 {
            let (ear, _) = ask([target])
            let end = try #require(ear.waitForEnd())
            #expect(end.failure == nil && end.answer.message { "" }.text == "Hi there")
            if isKeptOpen { break }
        }
    }

    @Test func `a server that says nothing while it keeps its answer open is given up`() throws {
        let server = try Self.server { connection, _, _ in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            let never = Condition(false)
            for _ in 0..<1_000 {
                connection.send("\n")
                let next = SystemClock.monotonicNanoseconds + 20_000_000
                _ = never.wait(untilNanoseconds: next) { $0 ? true : nil }
            }
        }
        guard case .server(var endpoint, let dialect) = target(server).place else { return }
        endpoint.limits.stallSeconds = 0.4
        endpoint.limits.firstByteSeconds = 1
        let (ear, _) = ask([ModelTarget(ModelInfo(id: "m"), at: endpoint, dialect: dialect)]) {
            $0.policy.triesMax = 1
        }
        let failure = try #require(ear.waitForEnd()?.failure)
        #expect(failure.kind == .stalled && failure.message.contains("keeps its answer open"))
    }

    @Test(arguments: [(ChatFailure.Kind.server, 2), (.stalled, 1), (.malformed, 1)])
    func `what a module fails in is not held against its server`(
        kind: ChatFailure.Kind, asked: Int
    ) throws {
        let server = try Self.server { connection, _, _ in connection.answer(Self.whole) }
        let broken = BrokenProvider(kind)
        let target = target(server)
        for _ in 0..<6 {
            let (ear, _) = ask([target], tools(broken))
            #expect(try #require(ear.waitForEnd()).failure?.kind == kind)
        }
        #expect(broken.asked.withLock { $0 } == 6 * asked)
        let (ear, _) = ask([target])
        #expect(try #require(ear.waitForEnd()).failure == nil && ear.log.isEmpty)
    }

    @Test func `a model of this machine is given back once, whoever ends the question`() throws {
        let server = try Self.server { connection, _, _ in
            connection.answer(Self.failure(.modelNotFound), status: "404 Not Found")
        }
        var local = InstantModels()
        local.model = .success(
            LoadedModel(
                endpoint: ModelEndpoint(
                    name: "local", module: "lines", preset: "lines", base: server.address),
                dialect: "lines", info: ModelInfo(id: "m")))
        let ear = Ear()
        var question = ModelQuestion(
            [ChatMessage(.user, "hello")],
            to: [ModelTarget(local: "small"), ModelTarget(local: "large")])
        question.policy.firstDelaySeconds = 0.01
        let answering = Answering(question, tools(LineProvider(), local), ear)
        ear.whenFallsBack { answering.cancel() }
        answering.begin()
        #expect(try #require(ear.waitForEnd()).failure?.kind == .cancelled)
        // The second is not even borrowed.
        try waitFor("the question to be let go of") { local.givenBack.count.withLock { $0 } >= 1 }
        #expect(local.givenBack.count.withLock { $0 } == 1 && ear.log.count == 2)
        ear.whenFallsBack {}
    }
}
