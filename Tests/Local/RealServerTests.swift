import KernelHTTP
import KernelModels
import KernelSystem
import KernelTesting
import ModuleChat
import Testing

@testable import KernelLocal

@Suite(.blocking, .enabled(if: RealServer.isTested, RealServer.whyNot))
struct RealServerTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `a model is loaded, says what it can, and answers whoever has the key`() throws {
        let house = try RealServer.house(in: folder)
        house.use([try RealServer.tinyModel("tiny", in: folder)])
        let borrowed = try house.borrow("tiny")
        let model = try #require(borrowed.model)
        #expect(model.info.windowTokens == RealServer.windowTokens)
        #expect(model.info.takesTools == true && model.info.takesImages == false)
        #expect(model.info.thinks == false)
        #expect(borrowed.explanation == nil)
        let (status, text) = try Chat(model.endpoint, house.client).waitForEnd()
        #expect(status == 200 && text.contains("[DONE]"))
        let refused = try Chat(model.endpoint, hasKey: false, house.client).waitForEnd()
        #expect(refused.status == 401)
    }

    @Test func `a stream does not hold up the end of the kernel`() throws {
        let house = try RealServer.house(in: folder)
        house.use([try RealServer.tinyModel("tiny", in: folder)])
        let model = try #require(try house.borrow("tiny").model)
        let chat = Chat(model.endpoint, isEndless: true, house.client)
        try chat.waitForText()
        let process = try #require(house.status("tiny")?.process)
        house.models.stop(withinSeconds: 20)
        #expect(ProcessStat(of: process) == nil)
        #expect(try !chat.waitForEnd().text.contains("[DONE]"))
    }

    @Test func `a server that is killed in the middle of an answer is there again`() throws {
        let house = try RealServer.house(in: folder)
        house.use([try RealServer.tinyModel("tiny", in: folder)])
        let borrowed = try house.borrow("tiny")
        let model = try #require(borrowed.model)
        let chat = Chat(model.endpoint, isEndless: true, house.client)
        try chat.waitForText()
        let process = try #require(house.status("tiny")?.process)
        ChildProcess.signal(try ChildProcess.handle(of: process), SignalNumber.kill)
        _ = try chat.waitForEnd()
        #expect(borrowed.explanation?.contains("SIGKILL") == true)
        try house.wait("tiny") { $0.state == .ready && $0.process != process }
        #expect(house.status("tiny")?.reason?.contains("SIGKILL") == true)
        // At the same place: whoever has the model need not know.
        #expect(try Chat(model.endpoint, house.client).waitForEnd().text.contains("[DONE]"))
    }

    @Test func `another model is loaded while the first one still answers`() throws {
        let house = try RealServer.house(in: folder)
        // A full window ends the most endless answer.
        var endless = try RealServer.tinyModel("one", in: folder)
        endless.contextTokens = 32_768
        house.use([endless, try RealServer.tinyModel("two", in: folder)]) { $0.idleSeconds = 0.2 }
        let one = try house.borrow("one")
        let chat = Chat(try #require(one.model).endpoint, isEndless: true, house.client)
        try chat.waitForText()
        let two = try #require(try house.borrow("two").model)
        #expect(try Chat(two.endpoint, house.client).waitForEnd().text.contains("[DONE]"))
        #expect(!chat.isOver)
        one.giveBack()
        try house.wait("one") { $0.state == .idle }
    }

    @Test func `what is broken is told in the server's own words`() throws {
        let house = try RealServer.house(in: folder)
        let whole = try Files.read(
            try RealServer.tinyModel("whole", in: folder).file, bytesMax: 16 << 20)
        var cut = try RealServer.tinyModel("cut", in: folder)
        try Files.replace(cut.file, with: Array(whole.dropLast(1_000)))
        cut.contextTokens = 512
        var flag = try RealServer.tinyModel("flag", in: folder)
        flag.arguments = ["--nonsense"]
        var template = try RealServer.tinyModel("template", in: folder)
        template.chatTemplate = folder.file("bad.jinja")
        try Files.replace(folder.file("bad.jinja"), with: Array("{% for x in %}".utf8))
        var images = try RealServer.tinyModel("images", in: folder)
        images.projector = folder.file("none.gguf")
        house.use([cut, flag, template, images])
        #expect(try house.borrow("cut").failure.contains("corrupted or incomplete"))
        #expect(try house.borrow("flag").failure.contains("invalid argument: --nonsense"))
        #expect(try house.borrow("template").failure.contains("chat template cannot be used"))
        #expect(try house.borrow("images").failure.contains("(mmproj) cannot be used"))
    }

    @Test func `what a killed kernel has left running serves the next one`() throws {
        let model = try RealServer.tinyModel("tiny", in: folder)
        let process = try leave(model)
        let house = try RealServer.house(in: folder)
        house.use([model])
        let borrowed = try house.borrow("tiny")
        #expect(house.status("tiny")?.process == process)
        let endpoint = try #require(borrowed.model).endpoint
        #expect(try Chat(endpoint, house.client).waitForEnd().text.contains("[DONE]"))
        house.stop()
        _ = try ChildProcess.wait(for: process)
    }

    @Test func `what a killed kernel has left and nobody wants any more is ended`() throws {
        let tiny = try RealServer.tinyModel("tiny", in: folder)
        let other = try RealServer.tinyModel("other", in: folder)
        let (first, second) = (try leave(tiny), try leave(other))
        let house = try RealServer.house(in: folder)
        // One is not configured any more, the other one otherwise.
        var changed = tiny
        changed.contextTokens = 1_024
        house.use([changed])
        try waitFor("the servers to end") {
            ProcessStat(of: first) == nil && ProcessStat(of: second) == nil
        }
        #expect(try house.borrow("tiny").model?.info.windowTokens == 1_024)
        for process in [first, second] { _ = try ChildProcess.wait(for: process) }
    }

    @Test func `what a command beside a kernel has left serves the next one`() throws {
        let model = try RealServer.tinyModel("tiny", in: folder)
        var kernel: LocalFolder? = try LocalFolder(folder.file("local"))
        // Beside the one that has the folder, and killed before it.
        let process = try leave(model)
        #expect(LocalFolder.hasRecords(folder.file("local")))
        let house = try RealServer.house(in: folder)
        house.use([model])
        let borrowed = try house.borrow("tiny")
        #expect(house.status("tiny")?.process == process)
        #expect(
            try Chat(try #require(borrowed.model).endpoint, house.client).waitForEnd()
                .text.contains("[DONE]"))
        house.stop()
        #expect(!LocalFolder.hasRecords(folder.file("local")))
        withExtendedLifetime(kernel) {}
        kernel = nil
        _ = try ChildProcess.wait(for: process)
    }

    @Test func `somebody else's server is used, and goes on when the kernel ends`() throws {
        var model = try RealServer.tinyModel("tiny", in: folder)
        let port = try LoopbackPort.free()
        let log = folder.file("else.log")
        let command = ServerCommand(
            model, try GGUFHeader(model.file), program: try RealServer.program(in: folder),
            port: port, key: "")
        let server = try ServerProcess(command, log: log)
        defer {
            server.kill()
            _ = server.end()
        }
        let house = try RealServer.house(in: folder)
        model.port = port
        try waitUntilLoaded(port)
        house.use([model]) { $0.adoptsRunning = true }
        let borrowed = try house.borrow("tiny")
        #expect(borrowed.model?.endpoint.base == "http://127.0.0.1:\(port)/v1")
        #expect(house.status("tiny")?.state == .lent && house.status("tiny")?.process == nil)
        borrowed.giveBack()
        try house.wait("tiny") { $0.state == .idle }
        house.stop()
        #expect(ProcessStat(of: server.number) != nil)
    }

    private func waitUntilLoaded(_ port: UInt16) throws {
        let client = HTTPClient()
        defer { client.close() }
        try waitFor("the server to be loaded") {
            let status = Condition<Int?>(nil)
            ShortRequest.get("http://127.0.0.1:\(port)/health", key: nil, client) { answer in
                status.withLock { $0 = answer.status }
                status.broadcast()
            }
            return status.wait { $0 } == 200
        }
    }

    /// As a kernel does that is killed right after.
    private func leave(_ model: LocalModel) throws -> Int32 {
        let command = ServerCommand(
            model, try GGUFHeader(model.file), program: try RealServer.program(in: folder),
            port: try LoopbackPort.free(), key: "secret")
        let kernel = try LocalFolder(folder.file("local"))
        let server = try ServerProcess(command, log: kernel.log(of: model.name))
        let port = try #require(
            command.arguments.firstIndex(of: "--port").flatMap {
                UInt16(command.arguments[$0 + 1])
            })
        try kernel.write(
            ServerRecord(server, port: port, key: "secret", command: command.line),
            of: model.name)
        return server.number
    }
}
