import KernelBase
import KernelGenerations
import KernelLoader
import KernelModels
import KernelSystem
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

@testable import KernelCalls

/// Providers of models, in the kernel and in a worker of their own: the same exchanges, the same
/// words when something goes wrong.
@Suite(.blocking) struct ProviderTests {
    private func pieces(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    @Test(arguments: [false, true])
    func `an order is encoded, and its answer read piece by piece`(isIsolated: Bool) throws {
        let bench = try ProviderBench(isIsolated: isIsolated)
        let description = try #require(bench.desk.descriptions["fixture"])
        #expect(description.name == "Dialect one" && description.orders == [.chat, .model])
        #expect(bench.kernel.loader.slot("fixture")?.current?.instanceIfPresent == nil)

        let port = try bench.port()
        let request = try bench.encoded(port).get()
        #expect(request.url == "http://127.0.0.1/one" && request.framing == .lines)
        #expect(request.body == ProviderBench.order().json.serialized())
        let heard = HeardAnswer()
        port.open(ProviderBench.order(), AnswerHead(status: 200), heard)
        port.read(pieces("a", "b"))
        port.read(pieces("c"))
        port.close(isWhole: true)
        #expect(try heard.end() == nil)
        #expect(heard.text == "one:a;one:b;one:c;")
        #expect(heard.events.last == .chat(.finish(ChatFinish(.stop))))
        try bench.waitUntilQuiet()
        #expect(heard.ends.count == 1)
    }

    @Test(arguments: [false, true])
    func `an answer goes on with the build that it began on`(isIsolated: Bool) throws {
        let bench = try ProviderBench(isIsolated: isIsolated)
        let (port, heard) = try bench.begun()
        port.read(pieces("a"))
        try heard.wait(forEvents: 1)
        let old = try #require(bench.kernel.loader.slot("fixture")?.current)
        try bench.kernel.serve("dialect", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(bench.desk.descriptions["fixture"]?.name == "Dialect two")
        let (newPort, newHeard) = try bench.begun()
        newPort.read(pieces("x"))
        newPort.close(isWhole: true)
        #expect(try newHeard.end() == nil && newHeard.text == "two:x;")
        #expect(old.callsInFlight == 1)
        port.read(pieces("b"))
        port.close(isWhole: true)
        #expect(try heard.end() == nil && heard.text == "one:a;one:b;")
        try waitFor("the old build to be left") { old.callsInFlight == 0 }
    }

    @Test(arguments: [false, true])
    func `what cannot be encoded is refused with the reason`(isIsolated: Bool) throws {
        let bench = try ProviderBench(isIsolated: isIsolated)
        for (model, kind, words) in [
            ("refused-model", ChatFailure.Kind.badRequest, "no such model here"),
            ("nonsense-model", .badRequest, "is no JSON"),
            ("large-model", .badRequest, "the request has more than 64 MiB"),
        ] {
            let port = try bench.port()
            guard case .failure(let failure) = try bench.encoded(port, model) else {
                Issue.record("\(model) was encoded")
                continue
            }
            #expect(failure.kind == kind && failure.message.contains(words), "\(failure)")
            port.close(isWhole: false)
        }
        try bench.waitUntilQuiet()
    }

    @Test(arguments: [false, true])
    func `what is wrong with an answer ends it once, and others go on`(isIsolated: Bool) throws {
        let bench = try ProviderBench(isIsolated: isIsolated)
        let cases: [(String, ChatFailure.Kind, String)] = [
            ("flood", .malformed, "more than 64 MiB of events"),
            ("large", .malformed, "8 MiB in one"),
            ("unreadable", .malformed, "cannot be read: usage is no JSON"),
        ]
        let (sound, soundHeard) = try bench.begun()
        for (word, kind, words) in cases {
            let (port, heard) = try bench.begun()
            port.read(pieces("a", word, "b"))
            let failure = try #require(try heard.end())
            #expect(failure.kind == kind && failure.message.contains(words), "\(failure)")
            port.read(pieces("c"))
            port.close(isWhole: true)
            #expect(heard.text.hasPrefix("one:a;") && !heard.text.contains("one:b;"))
        }
        let (port, refused) = try bench.begun(status: 418)
        #expect(try refused.end()?.message.contains("cannot read this answer (invalid)") == true)
        port.close(isWhole: true)
        sound.read(pieces("odd", "still here"))
        sound.close(isWhole: true)
        #expect(try soundHeard.end() == nil && soundHeard.text == "one:still here;")
        try bench.waitUntilQuiet()
    }

    @Test func `a worker that crashes costs its exchanges, and the next one finds another`() throws
    {
        let bench = try ProviderBench(isIsolated: true)
        let (port, heard) = try bench.begun()
        let (other, otherHeard) = try bench.begun()
        port.read(pieces("a"))
        try heard.wait(forEvents: 1)
        port.read(pieces("crash"))
        for heard in [heard, otherHeard] {
            let failure = try #require(try heard.end())
            #expect(failure.kind == .server && failure.message.contains("SIGABRT"), "\(failure)")
        }
        port.close(isWhole: false)
        other.close(isWhole: false)
        let (next, nextHeard) = try bench.begun()
        next.read(pieces("b"))
        next.close(isWhole: true)
        #expect(try nextHeard.end() == nil && nextHeard.text == "one:b;")
        guard case .failure(let failure) = try bench.encoded(try bench.port(), "crashing-model")
        else {
            Issue.record("encoded by a process that crashed")
            return
        }
        #expect(failure.kind == .server)
        try bench.waitUntilQuiet()
    }

    @Test(arguments: [false, true], [nil, "slow-model"])
    func `a module that does not return loses the exchange`(
        isIsolated: Bool, model: String?
    ) throws {
        let bench = try ProviderBench(isIsolated: isIsolated, hangSeconds: 0.4)
        let port = try bench.port()
        let failure: ChatFailure
        if let model {
            guard case .failure(let told) = try bench.encoded(port, model) else {
                Issue.record("it was encoded")
                return
            }
            failure = told
        } else {
            _ = try bench.encoded(port).get()
            let heard = HeardAnswer()
            port.open(ProviderBench.order(), AnswerHead(status: 200), heard)
            port.read(pieces("a", "sleep", "b"))
            failure = try #require(try heard.end())
            #expect(heard.events.count <= 1)
        }
        #expect(failure.kind == .stalled, "\(failure)")
        #expect(failure.message.contains("fixture (build "), "\(failure)")
        #expect(failure.message.contains("did not return from an exchange within 0.4 s"))
        port.close(isWhole: false)
        if isIsolated {
            #expect(try bench.kernel.nextEnded().reason.contains("did not heed"))
        } else {
            #expect(bench.desk.threadsLost == 1)
            try waitFor("the thread to come back") { bench.desk.threadsLost == 0 }
        }
        try bench.waitUntilQuiet()
        let (next, heard) = try bench.begun()
        next.read(pieces("c"))
        next.close(isWhole: true)
        #expect(try heard.end() == nil && heard.text == "one:c;")
    }

    @Test(arguments: [false, true])
    func `a module slower than its server makes it wait, and loses nothing`(
        isIsolated: Bool
    ) throws {
        let bench = try ProviderBench(isIsolated: isIsolated)
        let (port, heard) = try bench.begun()
        let large = [[UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)]
        port.read(pieces("sleep"))
        #expect(!port.isCrowded)
        // Far more than may wait comes by and by, as a server sends it that waits when it is to.
        var waits = 0
        for _ in 0..<96 {
            port.read(large)
            guard port.isCrowded else { continue }
            waits += 1
            try heard.wait(forReliefs: waits)
        }
        #expect(waits > 0)
        port.read(pieces("b"))
        port.close(isWhole: true)
        #expect(try heard.end() == nil)
        #expect(heard.events.count == 99 && heard.text.hasSuffix("one:b;"))
        try bench.waitUntilQuiet()
    }

    @Test(arguments: [false, true])
    func `what is read although the module takes nothing is bounded`(isIsolated: Bool) throws {
        let bench = try ProviderBench(isIsolated: isIsolated)
        let (port, heard) = try bench.begun()
        port.read(pieces("sleep"))
        let large = [[UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)]
        for _ in 0..<66 { port.read(large) }
        let failure = try #require(try heard.end())
        #expect(failure.message.contains("did not take 64 MiB of an answer"), "\(failure)")
        port.close(isWhole: false)
        try bench.waitUntilQuiet()
    }

    @Test(arguments: [false, true])
    func `a thousand exchanges at once keep to themselves`(isIsolated: Bool) throws {
        let bench = try ProviderBench(isIsolated: isIsolated)
        let count = 1_000
        let exchanges = try (0..<count).map { _ in try bench.begun() }
        #expect(bench.desk.exchangesInFlight == count)
        for round in 0..<5 {
            for (index, exchange) in exchanges.enumerated() {
                exchange.port.read(pieces("\(index).\(round)"))
            }
        }
        for exchange in exchanges { exchange.port.close(isWhole: true) }
        for (index, exchange) in exchanges.enumerated() {
            #expect(try exchange.heard.end() == nil)
            let expected = (0..<5).map { "one:\(index).\($0);" }.joined()
            #expect(exchange.heard.text == expected)
        }
        try bench.waitUntilQuiet()
    }

    @Test(arguments: [false, true])
    func `a reload that needs the module's calls to end ends exchanges too`(
        isIsolated: Bool
    ) throws {
        let bench = try ProviderBench(isIsolated: isIsolated) { $0.loader.drainSeconds = 0.2 }
        let stateful = ["DIALECT_STARTS"]
        try bench.kernel.serve("dialect", defining: stateful)
        let (port, heard) = try bench.begun()
        port.read(pieces("a"))
        try heard.wait(forEvents: 1)
        let reloaded = try bench.kernel.serve(
            "dialect", defining: stateful + ["FIXTURE_ANSWER=\"two\""])
        #expect(reloaded.callsCancelled == 1)
        let failure = try #require(try heard.end())
        #expect(failure.kind == .cutShort && failure.message.contains("reloaded"), "\(failure)")
        port.read(pieces("b"))
        port.close(isWhole: false)
        #expect(heard.text == "one:a;")
        try bench.waitUntilQuiet()
    }

    @Test(arguments: [false, true])
    func `an exchange that is given up early leaves nothing behind`(isIsolated: Bool) throws {
        let bench = try ProviderBench(isIsolated: isIsolated)
        for _ in 0..<50 {
            let port = try bench.port()
            let answers = Condition(0)
            port.encode(ProviderBench.order()) { _ in
                answers.withLock { $0 += 1 }
                answers.broadcast()
            }
            port.close(isWhole: false)
            let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
            #expect(answers.wait(untilNanoseconds: deadline) { $0 == 1 ? true : nil } == true)
        }
        try bench.waitUntilQuiet()
    }

    @Test func `a start knows what is provided, and opens nothing`() throws {
        let folder = try TemporaryFolder()
        let built: String
        do {
            let bench = try KernelBench(remembering: folder)
            try bench.watch()
            try bench.serve("dialect")
            built = folder.file("kept.so")
            try Shell.run("cp -p \(bench.path("module.so")) \(built)")
            bench.loader.writeIndex()
        }
        let bench = try KernelBench(remembering: folder)
        bench.loader.add([.init(built, .file, .user)])
        try waitFor("the loader to settle") { bench.loader.isSettled }
        let desk = ProviderDesk(bench.dispatcher, alarms: bench.alarms)
        defer { desk.close() }
        #expect(desk.descriptions["fixture"]?.dialect == "dialect")
        #expect(bench.loader.slot("fixture")?.current?.instanceIfPresent == nil)
    }

    @Test func `a description that cannot be read refuses the build`() throws {
        let bench = try KernelBench()
        try bench.watch()
        let refused = try bench.refusal(
            "dialect", defining: ["DIALECT_DESCRIPTION=\"{}\""])
        #expect(refused.step == "probe: describe the models that it provides")
        #expect(refused.reason.contains("name must be a string"), "\(refused.reason)")
    }

    @Test func `who provides nothing is said to`() throws {
        let bench = try ProviderBench(isIsolated: false)
        try bench.kernel.serve("answer", as: "other.so", defining: ["FIXTURE_ID=\"other\""])
        for (module, words) in [
            ("other", "provides no models"), ("fixtur", "did you mean \"fixture\"?"),
        ] {
            guard case .failure(let failure) = bench.desk.provider(module) else {
                Issue.record("\(module) provides")
                continue
            }
            #expect(failure.kind == .modelNotFound && failure.message.contains(words), "\(failure)")
        }
    }
}
