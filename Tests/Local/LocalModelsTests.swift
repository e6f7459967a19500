import KernelConfig
import KernelModels
import KernelSystem
import KernelTesting
import ModuleChat
import Testing

@testable import KernelLocal

/// With a server of the tests, which does what it is told.
@Suite(.blocking) struct LocalModelsTests {
    @Test func `a model is loaded when it is asked for, with a key of its own`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([try house.model("small", "--fake-load", "0.3")])
        let borrowed = try house.borrow("small")
        let model = try #require(borrowed.model)
        #expect(model.info.id == "small" && model.info.windowTokens == 2_048)
        #expect(model.info.takesTools == true && model.info.takesImages == false)
        #expect(model.endpoint.module == "openai" && model.endpoint.preset == "llama-server")
        #expect(model.endpoint.keys.first?.isEmpty == false)
        #expect(borrowed.notes.contains { $0.note == "small.gguf" })
        #expect(house.status("small")?.state == .ready && house.status("small")?.users == 1)
        // The next kernel would find it, if this one were killed.
        let process = try #require(house.status("small")?.process)
        let record = house.folder.file("local/small.\(process).server")
        #expect(Files.exists(record))
        #expect(try Files.status(record).permissions == 0o600)
        borrowed.giveBack()
        try house.wait("small") { $0.users == 0 && $0.state == .ready }
        house.stop()
        #expect(house.status("small")?.process == nil && !Files.exists(record))
    }

    @Test func `everybody is told of a load that takes a while, and how far it is`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([
            try house.model("quick"), try house.model("small", "--fake-load", "3"),
        ])
        _ = try house.borrow("quick").model
        #expect(house.loads.isEmpty)
        let borrowed = try house.borrow("small")
        #expect(borrowed.model != nil)
        try waitFor("the end to be told") { house.loads.last?.isOver == true }
        let loads = house.loads
        #expect(loads.allSatisfy { $0.model == "small" } && loads.count > 2)
        #expect(loads.filter(\.isFirst) == [loads[0]])
        #expect(loads.dropLast().allSatisfy { $0.state == .loading && !$0.isOver })
        #expect(loads[0].progress.note == "small.gguf" && loads.last?.state == .ready)
        let fractions = loads.compactMap(\.progress.fraction)
        #expect(!fractions.isEmpty && fractions == fractions.sorted())
        borrowed.giveBack()
    }

    @Test func `a load that fails after a while is told to everybody with the reason`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([try house.model("small", "--fake-load", "1000")]) { $0.loadSeconds = 2 }
        _ = try house.borrow("small")
        try waitFor("the end to be told") { house.loads.last?.isOver == true }
        let last = try #require(house.loads.last)
        #expect(last.state == .failed && last.progress.note.contains("not loaded within"))
    }

    @Test func `nobody is called what is not configured`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([])
        #expect(try house.borrow("none").failure.contains("\"none\""))
    }

    @Test func `a missing program, a bad argument and a broken file are told before anything runs`()
        throws
    {
        let house = try LocalHouse(program: LocalHouse.fake)
        let broken = try house.model("broken")
        try Files.replace(broken.file, with: Array("nothing".utf8))
        let keyed = try house.model("keyed", "--api-key=x")
        house.use([broken, keyed])
        #expect(try house.borrow("broken").failure.contains("not in the GGUF format"))
        #expect(try house.borrow("keyed").failure.contains("--api-key"))
        house.use([try house.model("plain")]) { $0.program = "/nonexistent/llama-server" }
        #expect(try house.borrow("plain").failure.contains("[local]"))
    }

    @Test func `the log's reason reaches whoever waits, and a changed file is tried again`() throws
    {
        let house = try LocalHouse(program: LocalHouse.fake)
        let words = "error: invalid argument: --wrong"
        var model = try house.model("small", "--fake-refuse", words)
        house.use([model])
        #expect(try house.borrow("small").failure.contains(words))
        #expect(house.status("small")?.state == .failed)
        #expect(house.models.log(of: "small") == [words])
        // Not even started a second time.
        #expect(try house.borrow("small").failure.contains(words))
        model.arguments = []
        house.use([model])
        #expect(try house.borrow("small").model != nil)
    }

    @Test func `loading that takes too long is given up, with its program`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([try house.model("small", "--fake-load", "1000")]) { $0.loadSeconds = 0.4 }
        let borrowed = try house.borrow("small")
        #expect(borrowed.failure.contains("not loaded within"))
        #expect(house.status("small")?.process == nil)
    }

    @Test func `a server that crashes in use is there again at the same place`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([try house.model("small", "--fake-crash", "0.5")])
        let borrowed = try house.borrow("small")
        let first = try #require(house.status("small")?.process)
        let endpoint = try #require(borrowed.model).endpoint
        try house.wait("small") { $0.state == .ready && $0.process != first }
        let second = try house.borrow("small")
        #expect(second.model?.endpoint == endpoint)
        #expect(house.told.contains { $0.contains("GGML_ASSERT(false) failed") })
        #expect(house.status("small")?.reason?.contains("SIGABRT") == true)
    }

    @Test func `a crash while nobody has it is mended when somebody asks`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([try house.model("small", "--fake-crash", "0.3")])
        try house.borrow("small").giveBack()
        try house.wait("small") { $0.process == nil }
        try house.wait("small") { $0.state == .idle }
        #expect(try house.borrow("small").model != nil)
    }

    @Test func `a fixed port that is taken is told, a chosen one is exchanged`() throws {
        let taken = try LoopbackServer { _, _ in }
        let house = try LocalHouse(program: LocalHouse.fake)
        var model = try house.model("small")
        model.port = taken.port
        house.use([model])
        #expect(try house.borrow("small").failure.contains("the port \(taken.port) is taken"))
        model.port = nil
        house.use([model])
        #expect(try house.borrow("small").model != nil)
    }

    @Test func `the one that is idle makes room, the one that is in use does not`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        var models = [try house.model("one"), try house.model("two")]
        for index in models.indices { models[index].memoryBytes = 600 << 20 }
        house.use(models) { $0.memoryBytes = 1_000 << 20 }
        let one = try house.borrow("one")
        #expect(try house.borrow("two").failure.contains("in use is one"))
        one.giveBack()
        #expect(try house.borrow("two").model != nil)
        #expect(house.status("one")?.state == .idle)
    }

    @Test func `both run where there is room, and each ends when nobody asks`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([try house.model("one"), try house.model("two")]) { $0.idleSeconds = 0.2 }
        let one = try house.borrow("one")
        let two = try house.borrow("two")
        one.giveBack()
        try house.wait("one") { $0.state == .idle }
        #expect(house.status("two")?.state == .ready)
        two.giveBack()
        try house.wait("two") { $0.state == .idle }
    }

    @Test func `a changed model starts anew once nobody has the old one`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        var model = try house.model("small")
        house.use([model])
        let old = try house.borrow("small")
        let first = house.status("small")?.process
        model.contextTokens = 512
        house.use([model])
        #expect(house.status("small")?.process == first)
        old.giveBack()
        try house.wait("small") { $0.process == nil }
        #expect(try house.borrow("small").model?.info.windowTokens == 512)
    }

    @Test func `a model that the configuration has no more ends when nobody has it`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([try house.model("small")])
        let borrowed = try house.borrow("small")
        let process = try #require(house.status("small")?.process)
        house.use([])
        #expect(try house.borrow("small").model == nil)
        #expect(ProcessStat(of: process) != nil)
        borrowed.giveBack()
        try waitFor("its server to end") { ProcessStat(of: process) == nil }
    }

    @Test func `by hand it is loaded and unloaded, unless somebody has it`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([try house.model("small")])
        let done = Condition<String?>(nil)
        func wait() -> String? {
            defer { done.withLock { $0 = nil } }
            return done.wait(untilNanoseconds: SystemClock.monotonicNanoseconds + 60_000_000_000) {
                $0
            }
        }
        @Sendable func say(_ text: String) {
            done.withLock { $0 = text }
            done.broadcast()
        }
        @Sendable func unloaded(_ result: Result<Void, ChatFailure>) {
            switch result {
            case .success: say("unloaded")
            case .failure(let failure): say(failure.message)
            }
        }
        house.models.load("small") { say((try? $0.get()) == nil ? "failed" : "loaded") }
        #expect(wait() == "loaded")
        try house.wait("small") { $0.users == 0 && $0.state == .ready }
        let borrowed = try house.borrow("small")
        house.models.unload("small") { unloaded($0) }
        #expect(wait()?.contains("in use") == true)
        borrowed.giveBack()
        try house.wait("small") { $0.users == 0 }
        house.models.unload("small") { unloaded($0) }
        #expect(wait() == "unloaded")
        #expect(house.status("small")?.process == nil)
    }

    @Test func `a wait that is given up ends at once, and the load goes on`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([try house.model("small", "--fake-load", "0.5")])
        let ended = Condition<String?>(nil)
        let loan = house.models.borrow("small", progress: { _ in }) { result in
            if case .failure(let failure) = result {
                ended.withLock { $0 = failure.kind.rawValue }
                ended.broadcast()
            }
        }
        try house.wait("small") { $0.state == .loading }
        loan.giveBack()
        let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
        #expect(ended.wait(untilNanoseconds: deadline) { $0 } == "cancelled")
        try house.wait("small") { $0.state == .ready && $0.users == 0 }
    }

    @Test func `a server that does not listen to signals is killed`() throws {
        let house = try LocalHouse(program: LocalHouse.fake)
        house.use([try house.model("small", "--fake-deaf")])
        _ = try house.borrow("small")
        let process = try #require(house.status("small")?.process)
        house.models.stop(withinSeconds: 0.5)
        #expect(ProcessStat(of: process) == nil)
        #expect(try house.borrow("small").failure.contains("stopping"))
    }

    @Test func `the configuration says which models run here, and how`() throws {
        let text = """
            [local]
            server = "bin/llama-server"
            idle_minutes = 0
            memory_mb = 100
            [models.small]
            file = "~/small.gguf"
            chat_template = "./own.jinja"
            port = 8081
            memory_mb = 1
            [models.hosted]
            model = "openai/gpt"
            [models.plain]
            file = "/m.gguf"
            chat_template = "chatml"
            """
        let source = ConfigurationSource(
            file: "/etc/kernel/kernel.toml", home: "/home/ann", environment: [:])
        let setup = LocalSetup(try source.read(Array(text.utf8)))
        #expect(setup.program == "/etc/kernel/bin/llama-server" && setup.idleSeconds == nil)
        #expect(setup.memoryBytes == 100 << 20 && setup.models.count == 2)
        let small = try #require(setup.models["small"])
        #expect(small.file == "/home/ann/small.gguf" && small.port == 8_081)
        #expect(small.chatTemplate == "/etc/kernel/own.jinja" && small.memoryBytes == 1 << 20)
        #expect(setup.models["plain"]?.chatTemplate == "chatml")
    }

    @Test func `any name makes a file's name and comes back from it`() {
        for name in ["small", "a b/c", "Ä_1", "..", "_2f", ""] {
            #expect(LocalFolder.name(LocalFolder.fileName(name)) == name)
            #expect(!LocalFolder.fileName(name).contains { $0 == "/" || $0 == "." })
        }
    }
}
