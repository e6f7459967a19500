import KernelBase
import KernelGenerations
import KernelLoader
import KernelResidence
import KernelSandbox
import KernelSystem
import KernelTesting
import Testing

@testable import KernelCalls

/// Every misbehaviour wherever a task may run: who calls somebody else meanwhile does not notice,
/// the error names the cause, and quarantine comes and goes.
@Suite(.blocking) struct MischiefTests {
    struct Mischief: Sendable, CustomTestStringConvertible {
        let what: String
        /// In a process for the call, and in one for the whole module.
        let words: (call: String, module: String)
        var timeoutSeconds = 20.0

        init(_ what: String, _ words: String, inModule: String? = nil, timeoutSeconds: Double = 20)
        {
            self.what = what
            self.words = (words, inModule ?? words)
            self.timeoutSeconds = timeoutSeconds
        }

        var testDescription: String { what }
    }

    enum Place: String, CaseIterable, Sendable {
        /// A process for each call, of a module that lives in the kernel.
        case call
        /// The process that the whole module lives in: on a thread of it, and on its main thread.
        case module, moduleMain

        var task: String {
            switch self {
            case .call: "mischief.process"
            case .module: "mischief.thread"
            case .moduleMain: "mischief.main"
            }
        }
    }

    private static let mischief = [
        Mischief("crash", "was ended by SIGSEGV"),
        Mischief("exit", "exited with status 3"),
        Mischief(
            "hang", "still running at its deadline and was killed",
            inModule: "its worker is ended unless it heeds soon", timeoutSeconds: 0.2),
        Mischief(
            "spin", "still running at its deadline and was killed",
            inModule: "its worker is ended unless it heeds soon", timeoutSeconds: 0.2),
        Mischief("memory", "it used more than 64 MiB of memory"),
        Mischief("output", "printed and reported more than 32 MiB"),
        Mischief("descriptors", "more than 256 files and sockets open"),
        Mischief("threads", "it had more than 512 threads"),
    ]

    private func bench(_ place: Place) throws -> KernelBench {
        let bench = try KernelBench {
            if place != .call {
                $0.isolation = { question in
                    IsolationDecision(
                        question.module == "mischief" ? .process : .kernel, .configuration)
                }
            }
            $0.settings = { _ in
                var settings = ModuleSettings()
                settings.confinement.limits.memoryBytes = 64 << 20
                return settings
            }
            $0.policy.failuresMax = 1
            $0.policy.waitSeconds = 0.02
            $0.policy.quarantineSeconds = 600
            $0.dispatcher.graceSeconds = 0.1
            $0.loader.residents.hangSeconds = 0.2
        }
        try bench.watch()
        try bench.serve("answer", as: "bystander.so")
        try bench.serve("mischief", as: "mischief.so")
        return bench
    }

    private func provoke(_ mischief: Mischief, _ place: Place, _ bench: KernelBench) throws {
        let task = place.task
        let words = place == .call ? mischief.words.call : mischief.words.module
        let outcome = bench.call(task, mischief.what, timeoutSeconds: mischief.timeoutSeconds)
        #expect(!outcome.succeeded)
        #expect(outcome.message.contains(words), "\(outcome.text)")
        try waitFor("the quarantine") {
            let refused = bench.call(task, "well")
            return refused.status == .busy && refused.message.contains("quarantined")
        }
    }

    @Test(.withoutSanitizer, arguments: Place.allCases, mischief)
    func `others go on, the error names the cause, and quarantine comes and is lifted`(
        place: Place, mischief: Mischief
    ) throws {
        let bench = try bench(place)
        let bystander = try Bystander(bench)
        let task = place.task
        #expect(bench.call(task, "well").text == "one")
        try provoke(mischief, place, bench)
        #expect(bench.loader.lift("mischief", by: "a test") == .lifted)
        #expect(bench.call(task, "well").text == "one")
        try provoke(mischief, place, bench)
        try bench.serve("mischief", as: "mischief.so", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(bench.call(task, "well").text == "two")
        #expect(bystander.stop() == [])
    }

    /// Nothing of it can be ended but the kernel; a crash there is the parent's business.
    @Test(
        arguments: ["main", "thread"], ["hang", "spin", "memory", "descriptors", "threads"])
    func `in the kernel others go on too`(mode: String, what: String) throws {
        let bench = try KernelBench { $0.dispatcher.graceSeconds = 0.1 }
        try bench.watch()
        try bench.serve("answer", as: "bystander.so")
        try bench.serve("mischief", as: "mischief.so", defining: ["MISCHIEF_MEBIBYTES=32"])
        let bystander = try Bystander(bench)
        let isEndless = ["hang", "spin", "descriptors"].contains(what)
        let outcome = bench.call(
            "mischief.\(mode)", what, timeoutSeconds: isEndless ? 0.3 : 20)
        if isEndless {
            #expect(outcome.status == .deadline)
            let words = mode == "main" ? "it still blocks the main loop" : "its thread is given up"
            #expect(outcome.message.contains(words), "\(outcome.text)")
        } else {
            #expect(outcome.text == "one")
        }
        #expect(bench.call("mischief.thread", "release").text == "one")
        try waitFor("the call to return") { bench.call("mischief.main", "well").succeeded }
        try waitFor("the threads to return") { bench.pool.counts.abandoned == 0 }
        #expect(bystander.stop() == [])
    }

    /// Calls another module all the while.
    private final class Bystander: Sendable {
        private struct State {
            var problems: [String] = []
            var calls = 0
            var isStopping = false
            var hasEnded = false
        }

        private let state = Condition(State())

        init(_ bench: KernelBench) throws {
            let state = state
            try SystemThread.start(name: "bystander") {
                while !state.withLock({ $0.isStopping }) {
                    let text = bench.answer
                    state.withLock { state in
                        state.calls += 1
                        if text != "one" { state.problems.append(text) }
                    }
                }
                state.withLock { $0.hasEnded = true }
                state.broadcast()
            }
        }

        /// What went wrong, once the last call has ended.
        func stop() -> [String] {
            state.withLock { $0.isStopping = true }
            return state.wait { state in
                guard state.hasEnded else { return nil as [String]? }
                return state.calls > 0 ? state.problems : ["no call was made"]
            } ?? []
        }
    }
}
