import KernelBase
import KernelGenerations
import KernelLoader
import KernelResidence
import KernelSystem
import KernelTesting
import Testing

@testable import KernelCalls

/// Modules in processes of their own that have others work for them.
@Suite struct RemoteAskTests {
    /// Where the two modules live.
    enum Home: CaseIterable {
        /// Who asks is in a worker for the time of a call.
        case worker
        /// Both are in workers that stay.
        case residents
        case askerOnly
        case providerOnly

        func isolates(_ module: String) -> Bool {
            switch self {
            case .worker: false
            case .residents: true
            case .askerOnly: module == "asker"
            case .providerOnly: module == "provider"
            }
        }

        var tasks: [String] {
            self == .worker
                ? ["ask_process"] : ["ask", "ask_main", "alone", "block", "ask_process"]
        }
    }

    private func bench(_ home: Home) throws -> KernelBench {
        let bench = try KernelBench {
            $0.isolation = { question in
                IsolationDecision(
                    home.isolates(question.module) ? .process : .kernel, .configuration)
            }
        }
        try bench.install("provider", as: "provider.so")
        try bench.install("asker", as: "asker.so")
        bench.loader.add([.init(bench.modules, .folder, .user)])
        bench.loader.waitUntilSettled(withinSeconds: 30)
        return bench
    }

    @Test(arguments: Home.allCases)
    func `every mode reaches every mode`(home: Home) throws {
        let bench = try bench(home)
        for task in home.tasks {
            for other in ["echo", "echo_main", "echo_process"] {
                #expect(
                    bench.call("asker.\(task)", "storage.\(other) hello").text == "hello",
                    "\(task) asks for \(other)")
            }
        }
    }

    @Test(arguments: Home.allCases)
    func `output, failures and refusals come back as they are`(home: Home) throws {
        let bench = try bench(home)
        let task = home.tasks.last ?? ""
        for _ in 0..<20 {
            #expect(bench.call("asker.\(task)", "storage.print").text == "abcde|end")
        }
        #expect(
            bench.call("asker.\(task)", "storage.refuse").text == "busy: the store is full of dust")
        #expect(
            bench.call("asker.\(task)", "other.echo").text
                == "denied: other.echo: asker does not require other in its manifest; add it to "
                + "requires")
        let large = String(repeating: "x", count: 300_000)
        #expect(bench.call("asker.\(task)", "storage.echo \(large)").text == large)
    }

    @Test(arguments: Home.allCases)
    func `cancelling and deadlines reach the other`(home: Home) throws {
        let bench = try bench(home)
        let task = home.tasks.last ?? ""
        for _ in 0..<10 {
            let call = bench.begin("asker.\(task)", "storage.hang")
            try waitFor("the other's call") { bench.dispatcher.board.calls.count == 2 }
            #expect(bench.dispatcher.board.cancel(call.id))
            #expect(call.wait().status == .cancelled)
            try waitFor("both to end") { bench.dispatcher.board.calls.isEmpty }
        }
        let outcome = bench.call("asker.\(task)", "storage.hang", timeoutSeconds: 0.2)
        #expect(outcome.status == .deadline, "\(outcome.text)")
        try waitFor("both to end") { bench.dispatcher.board.calls.isEmpty }
        #expect(bench.call("asker.\(task)", "storage.echo x").text == "x")
    }

    @Test(arguments: [Home.worker, .residents])
    func `a worker that ends leaves no request behind`(home: Home) throws {
        let bench = try bench(home)
        let task = home == .worker ? "die_process" : "die"
        #expect(bench.call("asker.\(task)", "storage.hang").status == .failed)
        try waitFor("the other's call to end") { bench.dispatcher.board.calls.isEmpty }
    }

    @Test(arguments: [Home.worker, .residents])
    func `thousands of requests from a worker are bounded`(home: Home) throws {
        let bench = try bench(home)
        let task = home == .worker ? "many_process" : "many"
        let first = try #require(Int(bench.call("asker.\(task)", "storage.echo x").text))
        #expect(first >= 200 && first <= 2_000)
        let calls = (0..<6).map { _ in bench.begin("asker.\(task)", "storage.later x") }
        for call in calls { #expect(Int(call.wait().text) != nil) }
        try waitFor("all to end") { bench.dispatcher.board.calls.isEmpty }
    }

    @Test func `a slow job on the main loop of a worker ends no call`() throws {
        let bench = try KernelBench { $0.loader.mainSlowMilliseconds = 20 }
        try bench.install("provider", as: "provider.so")
        try bench.install("asker", as: "asker.so")
        bench.loader.add([.init(bench.modules, .folder, .user)])
        bench.loader.waitUntilSettled(withinSeconds: 30)
        for _ in 0..<3 {
            #expect(bench.call("asker.slow_process", "storage.echo hello").text == "hello")
        }
        #expect(bench.events.lines.contains { $0.text.contains("has kept the main loop") })
    }

    @Test func `a module is told its folder wherever it lives`() throws {
        for home in [Home.worker, .residents] {
            let bench = try bench(home)
            let folder = bench.folder.file("state/asker")
            #expect(bench.call("asker.folder").text == folder)
            #expect(bench.call("asker.folder_process").text == folder)
            let status = try Files.status(folder)
            #expect(status.permissions == 0o700)
        }
    }

    @Test(arguments: [Home.residents, .providerOnly])
    func `the one who answers is reloaded under the calls of the one who asks`(home: Home) throws {
        let bench = try bench(home)
        try bench.watch()
        let isDone = Condition(false)
        let wrong = Condition<[String]>([])
        for _ in 0..<2 {
            try SystemThread.start(name: "asking") {
                while !isDone.withLock({ $0 }) {
                    let answer = bench.call("asker.ask", "storage.answer").text
                    if !answer.hasPrefix("round") && answer != "one" {
                        wrong.withLock { $0.append(answer) }
                    }
                }
            }
        }
        for round in 0..<6 {
            try bench.install(
                "provider", as: "provider.so", defining: ["FIXTURE_ANSWER=\"round \(round)\""])
            let reloaded = bench.events.next { event -> Bool? in
                guard case .serving(let new) = event, new.isReload else { return nil }
                return new.module == "provider"
            }
            #expect(reloaded == true)
        }
        isDone.withLock { $0 = true }
        #expect(wrong.withLock { $0 } == [])
    }
}
