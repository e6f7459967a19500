import KernelCalls
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Testing

@testable import KernelServer

/// What the kernel says of its modules' health.
@Suite(.timeLimit(.minutes(2)))
struct HealthTests {
    private let bench: ServerBench
    private let client: ServerClient
    private var sick: String { bench.folder.file("sick") }

    init() throws {
        bench = try ServerBench()
        try bench.install(
            "counter", defining: ["COUNTER_SICK=\"\(bench.folder.file("sick"))\""])
        client = try bench.client()
    }

    private func report(_ params: JSON = [:]) throws -> HealthReport {
        try client.ask(HealthReport.method, params).get().decode(HealthReport.self)
    }

    private func module() throws -> HealthReport.Module {
        try #require(try report().modules.first)
    }

    private var news: [JSON?] {
        client.notifications(KernelNews.method).map { $0["event"] }
    }

    @Test func `a module that nobody has used is not mapped for a check`() throws {
        try Files.replace(sick, with: [])
        #expect(try module().verdict == .unused)
        #expect(bench.loader.slot("counter")?.current?.instanceIfPresent == nil)
    }

    @Test func `a module's own check counts while it is in use, and every change is told`() throws {
        #expect(try client.run("counter.count").status == "ok")
        #expect(try module().verdict == .well)
        #expect(try report().isGood)
        try Files.replace(sick, with: [])
        let unwell = try module()
        #expect(unwell.verdict == .unwell && unwell.problem?.contains("it feels sick") == true)
        #expect(try !report().isGood)
        try Files.remove(sick)
        #expect(try module().verdict == .well)
        #expect(news.suffix(2) == ["unwell", "well"])
    }

    @Test func `modules are asked on a schedule too, and nobody need want to know`() throws {
        #expect(try client.run("counter.count").status == "ok")
        bench.server.askModules(everySeconds: 1)
        try Files.replace(sick, with: [])
        try waitFor("the news that it is unwell") { news.last == "unwell" }
        bench.server.askModules(everySeconds: 0)
    }

    @Test func `durable tasks that wait for their turn are told for each module`() throws {
        #expect(try module().tasksQueued == 0)
        let order: JSON = ["task": "counter.count", "text": ""]
        bench.holdTasks()
        let orders: JSON = ["tasks": .array([order, order, order])]
        _ = try client.ask(SubmitTasks.method, orders).get()
        #expect(try module().tasksQueued == 3)
    }

    @Test func `calls of the last minutes are told with their times`() throws {
        for _ in 0..<10 { _ = try client.run("counter.count") }
        let module = try module()
        #expect(module.calls == 10 && module.faults == 0)
        let median = try #require(module.medianMilliseconds)
        let slowest = try #require(module.almostAllMilliseconds)
        #expect(median > 0 && slowest >= median)
    }

    @Test func `a module most of whose calls fail is failing, whatever it says itself`() throws {
        try bench.install(
            "hazard", as: "module",
            defining: ["HAZARD_CALL=fixture_refuse(call->id, MOD_FAILED, \"no\");return"])
        for _ in 0..<6 { #expect(try client.run("fixture.answer").status == "failed") }
        let module = try #require(try report(["module": "fixture"]).modules.first)
        #expect(module.verdict == .failing && module.faults == 6)
    }

    @Test func `wrong arguments are no fault of the module`() throws {
        for _ in 0..<6 { #expect(try client.run("counter.frob").status == "not found") }
        #expect(try module().verdict != .failing)
    }

    @Test func `windows of the statistics turn, and forget`() throws {
        _ = try client.run("counter.count")
        let statistics = try #require(bench.loader.slot("counter")?.statistics)
        statistics.turnWindow()
        #expect(statistics.recent.calls == 1)
        statistics.turnWindow()
        #expect(statistics.recent.calls == 0 && statistics.counts.calls == 1)
    }

    @Test func `an unknown module is named, with the one that was meant`() throws {
        let reply = try client.ask(HealthReport.method, ["module": "conuter"])
        let error = try #require(throws: WireError.self) { try reply.get() }
        #expect(error.isNotFound && error.message.contains("did you mean \"counter\""))
    }

    @Test func `the kernel tells about itself`() throws {
        let kernel = try report().kernel
        #expect(kernel.process == ProcessFacts.id && kernel.threads > 3)
        #expect(kernel.residentBytes > 1 << 20 && kernel.descriptors > 3)
        #expect(kernel.mainLoopMilliseconds != nil)
    }

    @Test func `a blocked main loop is told`() throws {
        let open = Condition(false)
        bench.server.dispatcher.mainLoop.run(label: "blocker") { _ = open.wait { $0 ? true : nil } }
        let report = try report()
        open.withLock { $0 = true }
        open.signal()
        #expect(report.kernel.mainLoopMilliseconds == nil && !report.isGood)
    }
}
