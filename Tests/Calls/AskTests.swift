import KernelBase
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

@testable import KernelCalls

/// Modules that have others work for them.
@Suite struct AskTests {
    /// With who asks and who provides.
    private func bench(
        asker: [String] = [], provider: [String] = [],
        _ change: (inout KernelBench.Options) -> Void = { _ in }
    ) throws -> KernelBench {
        let bench = try KernelBench(change)
        try bench.install("provider", as: "provider.so", defining: provider)
        try bench.install("asker", as: "asker.so", defining: asker)
        bench.loader.add([.init(bench.modules, .folder, .user)])
        bench.loader.waitUntilSettled(withinSeconds: 30)
        return bench
    }

    // MARK: What works

    @Test(arguments: ["ask", "ask_main", "alone", "block"])
    func `a module has a task of another one done`(task: String) throws {
        let bench = try bench()
        #expect(bench.call("asker.\(task)", "storage.echo hello").text == "hello")
        #expect(bench.call("asker.\(task)", "storage.echo_main hello").text == "hello")
        #expect(bench.call("asker.\(task)", "storage.echo_process hello").text == "hello")
    }

    @Test func `the other's output comes before its result, and its failure with its words`()
        throws
    {
        let bench = try bench()
        #expect(bench.call("asker.ask", "storage.print").text == "abcde|end")
        #expect(bench.call("asker.ask", "storage.refuse").text == "busy: the store is full of dust")
        #expect(bench.call("asker.ask", "storage.later").text == "later")
    }

    @Test func `arguments are checked for the other as for anybody`() throws {
        let bench = try bench()
        #expect(bench.call("asker.typed", #"storage.typed {"number": 5}"#).text == #"{"number":5}"#)
        #expect(
            bench.call("asker.typed", "storage.typed {}").text
                == "invalid: provider.typed: \"number\" is missing")
        #expect(
            bench.call("asker.typed", "storage.typed {").text.hasPrefix(
                "invalid: storage.typed: the arguments are not JSON: "))
        #expect(
            bench.call("asker.ask", "storage.typed x").text
                == "invalid: provider.typed takes JSON, not bytes")
    }

    @Test func `who asked is known of every call`() throws {
        let bench = try bench()
        let call = bench.begin("asker.ask", "storage.hang")
        try waitFor("the other's call") { bench.dispatcher.board.calls.count == 2 }
        let facts = try #require(bench.dispatcher.board.calls.last?.facts)
        #expect(facts.address == "provider.hang" && facts.risk == .read)
        #expect(facts.callers == [.init(call: call.id, address: "asker.ask")])
        #expect(bench.dispatcher.board.cancel(call.id))
        _ = call.wait()
        let alone = bench.begin("asker.alone", "storage.hang")
        try waitFor("the other's call") { bench.dispatcher.board.calls.count == 2 }
        let own = try #require(bench.dispatcher.board.calls.last?.facts)
        #expect(own.callers == [.init(call: 0, address: "asker")])
        #expect(bench.dispatcher.board.cancel(own.id))
        #expect(alone.wait().text.hasPrefix("cancelled"))
    }

    // MARK: Ends

    @Test func `cancelling a call cancels what it asked for`() throws {
        let bench = try bench()
        let call = bench.begin("asker.ask", "storage.hang")
        try waitFor("the other's call") { bench.dispatcher.board.calls.count == 2 }
        #expect(bench.dispatcher.board.cancel(call.id))
        // It may not have begun yet, which is said in other words.
        #expect(call.wait().status == .cancelled)
        try waitFor("both to end") { bench.dispatcher.board.calls.isEmpty }
    }

    @Test func `a request ends no later than the call that it is part of`() throws {
        let bench = try bench()
        let started = SystemClock.monotonicNanoseconds
        let outcome = bench.call("asker.ask", "storage.hang", timeoutSeconds: 0.2)
        #expect(outcome.status == .deadline, "\(outcome.text)")
        #expect(SystemClock.monotonicNanoseconds - started < 5_000_000_000)
        try waitFor("both to end") { bench.dispatcher.board.calls.isEmpty }
    }

    @Test func `a request can be cancelled as soon as it is made`() throws {
        let bench = try bench()
        for _ in 0..<50 {
            let outcome = bench.call("asker.cancel", "storage.hang")
            #expect(outcome.status == .cancelled, "\(outcome.text)")
        }
    }

    @Test func `a call that ends before its request ends it too`() throws {
        let bench = try bench()
        #expect(bench.call("asker.orphan", "storage.hang").text == "gone")
        try waitFor("the other's call to end") { bench.dispatcher.board.calls.isEmpty }
        try waitFor("the reply") { bench.call("asker.replies").text == "1" }
    }

    // MARK: What is refused

    @Test func `what the manifest does not require is refused`() throws {
        let bench = try bench()
        #expect(
            bench.call("asker.ask", "provider.echo x").text
                == "denied: provider.echo: asker does not require provider in its manifest; add it "
                + "to requires")
        #expect(
            bench.call("asker.ask", "storag.echo x").text
                == "denied: storag.echo: asker does not require storag in its manifest; did you "
                + "mean \"storage\"?; add it to requires")
        #expect(
            bench.call("asker.ask", "storage.eco x").text
                == "not found: provider has no task \"eco\"; did you mean provider.echo?")
        #expect(bench.call("asker.ask", "nonsense").text.hasPrefix("invalid: nonsense: write the "))
        #expect(bench.call("asker.ask", "").status == .invalid)
    }

    @Test func `a call of somebody else cannot be named as one's own`() throws {
        let bench = try bench()
        let outcome = bench.call("asker.forge", "storage.echo x")
        #expect(outcome.status == .misuse)
        #expect(outcome.text.hasSuffix("that asks for it is not in flight"))
    }

    @Test func `arguments without bound are refused`() throws {
        let bench = try bench()
        #expect(
            bench.call("asker.huge", "storage.echo x").text
                == "limit: storage.echo: the arguments have more than 67108864 bytes")
    }

    @Test func `a request without a function for the reply is not taken`() throws {
        let bench = try bench()
        #expect(bench.call("asker.noreply", "storage.echo x").text == "0")
    }

    @Test func `a module asks nobody who may do more than itself`() throws {
        let bench = try bench(
            asker: [#"ASKER_EXTRA=",\"permissions\":{\"read\":[\"/a\"]}""#],
            provider: [
                #"PROVIDER_EXTRA=",\"permissions\":{\"read\":[\"/a/b\"],\"write\":[\"/c\"]}""#
            ])
        #expect(
            bench.call("asker.ask", "storage.echo x").text
                == "denied: storage.echo: asker may not have provider work for it: provider has "
                + "the permission to write /c, which asker has not; to give it that, write write = "
                + "[\"+/c\"] under [modules.asker.permissions]")
    }

    // MARK: Rows of calls

    private static func requires(_ name: String, isOptional: Bool = false) -> String {
        #"ASKER_REQUIRES="{\"name\":\"\#(name)\",\"optional\":\#(isOptional)}""#
    }

    private static func id(_ id: String) -> String { "FIXTURE_ID=\"\(id)\"" }

    @Test func `a row of calls has an end`() throws {
        let bench = try KernelBench()
        // m0 asks m1 asks … asks m10.
        for number in 0...10 {
            try bench.install(
                "asker", as: "m\(number).so",
                defining: [
                    Self.id("m\(number)"),
                    Self.requires("m\(number + 1)", isOptional: number == 10),
                ])
        }
        bench.loader.add([.init(bench.modules, .folder, .user)])
        bench.loader.waitUntilSettled(withinSeconds: 60)
        func row(from first: Int) -> String {
            let asked = ((first + 1)...10).map { "m\($0).ask" }.joined(separator: " ")
            return bench.call("m\(first).ask", asked + " m11.ask").text
        }
        #expect(row(from: 3).hasPrefix("not found: m11.ask: m10 needs m11: no module provides it"))
        #expect(
            row(from: 0)
                == "limit: m9.ask: at most 8 modules ask each other in a row (m0.ask, m1.ask, "
                + "m2.ask, m3.ask, m4.ask, m5.ask, m6.ask, m7.ask, m8.ask)")
    }

    @Test func `two that need each other are refused as a cycle, on the main loop too`() throws {
        let bench = try KernelBench()
        try bench.install(
            "asker", as: "a.so", defining: [Self.id("a"), Self.requires("b")])
        try bench.install(
            "asker", as: "b.so", defining: [Self.id("b"), Self.requires("a", isOptional: true)])
        bench.loader.add([.init(bench.modules, .folder, .user)])
        bench.loader.waitUntilSettled(withinSeconds: 30)
        for task in ["ask", "ask_main"] {
            #expect(
                bench.call("a.\(task)", "b.\(task) a.\(task) x").text
                    == "not found: a.\(task): a needs b itself, which would be a cycle")
        }
    }

    // MARK: Load

    @Test func `callers that hold all threads do not keep others from answering`() throws {
        let bench = try bench { $0.threadsMax = 4 }
        let calls = (0..<64).map { bench.begin("asker.block", "storage.echo \($0)") }
        for (number, call) in calls.enumerated() { #expect(call.wait().text == "\(number)") }
    }

    @Test func `thousands of requests at once are bounded, and each has one end`() throws {
        let bench = try bench()
        #expect(bench.call("asker.many", "storage.echo x").text == "200")
        let calls = (0..<20).map { _ in bench.begin("asker.many", "storage.later x") }
        let replied = calls.compactMap { Int($0.wait().text) }
        // 4,000 are wanted, 1,024 are allowed at a time.
        #expect(replied.count == 20)
        #expect(replied.reduce(0, +) >= 1_024 && replied.reduce(0, +) < 4_000)
        try waitFor("all to end") { bench.dispatcher.board.calls.isEmpty }
        #expect(bench.call("asker.many", "storage.echo x").text == "200")
    }

    @Test func `cancelling at any instant loses no end`() throws {
        let bench = try bench()
        for round in 0..<200 {
            let call = bench.begin("asker.ask", "storage.hang")
            let instant = SystemClock.monotonicNanoseconds + UInt64(round % 4) * 30_000
            while SystemClock.monotonicNanoseconds < instant {}
            while call.ends.isEmpty, !bench.dispatcher.board.cancel(call.id) {}
            #expect(call.wait().status == .cancelled)
            #expect(call.ends.count == 1)
        }
        try waitFor("all to end") { bench.dispatcher.board.calls.isEmpty }
    }

    @Test func `the one who answers is reloaded under the calls of the one who asks`() throws {
        let bench = try bench()
        try bench.watch()
        let isDone = Condition(false)
        // The threads hold the bench.
        defer { isDone.withLock { $0 = true } }
        let wrong = Condition<[String]>([])
        let count = Condition(0)
        for _ in 0..<3 {
            try SystemThread.start(name: "asking") {
                while !isDone.withLock({ $0 }) {
                    let answer = bench.call("asker.ask", "storage.answer").text
                    if !answer.hasPrefix("round") && answer != "one" {
                        wrong.withLock { $0.append(answer) }
                    }
                    count.withLock { $0 += 1 }
                }
            }
        }
        for round in 0..<20 {
            try bench.install(
                "provider", as: "provider.so", defining: ["FIXTURE_ANSWER=\"round \(round)\""])
            let reloaded = bench.events.next { event -> Bool? in
                guard case .serving(let new) = event, new.isReload else { return nil }
                return new.module == "provider"
            }
            #expect(reloaded == true)
        }
        #expect(wrong.withLock { $0 } == [])
        #expect(count.withLock { $0 } > 20)
    }

    // MARK: Breaches

    @Test func `nothing is replied after the end, and nothing asked in it`() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("left")
        let bench = try bench(asker: [
            "ASKER_LEAVES=\"\(file)\"", "ASKER_STARTS_WITH=\"storage.hang\"",
        ])
        #expect(bench.call("asker.replies").text == "0")
        try waitFor("the request") { bench.dispatcher.board.calls.count == 1 }
        try Files.remove(bench.path("asker.so"))
        bench.loader.remove([.init(bench.path("asker.so"), .file, .user)], reason: "a test")
        try waitFor("destroy") { Files.exists(file) }
        // Its own request was answered before destroy(), in which another was not taken.
        try waitFor("the words") { (try? Files.read(file, bytesMax: 64)) == Array("0 1".utf8) }
        try waitFor("the other's call to end") { bench.dispatcher.board.calls.isEmpty }
    }
}
