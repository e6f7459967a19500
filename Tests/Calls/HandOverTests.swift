import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import KernelWorkers
import Synchronization
import Testing

@testable import KernelCalls

/// The state of a module, over reloads that go well and that do not.
@Suite(.blocking) struct HandOverTests {
    /// Callers that call without end, and check what they hear.
    private final class Callers: Sendable {
        private let stopping = Atomic(false)
        private let left = Condition(0)
        private let failures = Mutex<[String]>([])
        private let counts = Mutex<[UInt64]>([])

        init(_ number: Int, _ bench: KernelBench, _ address: String) throws {
            left.withLock { $0 = number }
            for _ in 0..<number {
                try SystemThread.start(name: "caller") { self.work(bench, address) }
            }
        }

        private func work(_ bench: KernelBench, _ address: String) {
            while !stopping.load(ordering: .relaxed) {
                let outcome = bench.call(address)
                let count = UInt64(outcome.text.split(separator: " ").first ?? "")
                if let count {
                    counts.withLock { $0.append(count) }
                } else {
                    failures.withLock { $0.append(outcome.text) }
                }
            }
            left.withLock { $0 -= 1 }
            left.broadcast()
        }

        func stop() -> (failures: [String], counts: [UInt64]) {
            stopping.store(true, ordering: .relaxed)
            _ = left.wait { $0 == 0 ? true : nil }
            return (failures.withLock { $0 }, counts.withLock { $0 })
        }
    }

    @Test func `a count goes on over fifty reloads under calls, without a gap or a repetition`()
        throws
    {
        let bench = try KernelBench()
        try bench.watch()
        let builds = try (0...1).map { number in
            try bench.build("counter", defining: ["FIXTURE_ANSWER=\"\(number)\""])
        }
        try Shell.run(
            "cp \(builds[0]) \(bench.path("new")); "
                + "mv \(bench.path("new")) \(bench.path("module.so"))"
        )
        _ = try bench.nextServing()
        #expect(bench.call("counter.count").text == "1 0")
        let callers = try Callers(3, bench, "counter.count")
        for number in 1...50 {
            try Shell.run(
                "cp \(builds[number % 2]) \(bench.path("new")); "
                    + "mv \(bench.path("new")) \(bench.path("module.so"))")
            let reloaded = try bench.nextServing()
            #expect(reloaded.callsCancelled == 0)
        }
        let (failures, counts) = callers.stop()
        #expect(failures.isEmpty, "\(failures.prefix(3))")
        #expect(counts.count > 50)
        #expect(counts.sorted() == (2...UInt64(counts.count + 1)).map { $0 })
    }

    @Test func `a hand-over that fails in the kernel alone gives the old build its work back`()
        throws
    {
        let bench = try KernelBench()
        try bench.watch()
        let flag = bench.folder.file("flag")
        try bench.serve("counter")
        for count in 1...3 { #expect(bench.call("counter.count").text == "\(count) one") }
        try Files.replace(flag, with: [])
        let callers = try Callers(2, bench, "counter.count")
        let refused = try bench.refusal(
            "counter", defining: ["FIXTURE_ANSWER=\"two\"", "COUNTER_FLAG=\"\(flag)\""])
        #expect(refused.step == "restore the state")
        #expect(refused.reason == "the flag says no")
        let (failures, counts) = callers.stop()
        #expect(failures.isEmpty, "\(failures.prefix(3))")
        let next = UInt64(counts.count) + 4
        #expect(bench.call("counter.count").text == "\(next) one")
        try Files.remove(flag)
        try Shell.run("touch \(bench.path("module.so"))")
        _ = try bench.nextServing()
        #expect(bench.call("counter.count").text == "\(next + 1) two")
    }

    @Test
    func `an unhealthy build is taken back with its state, and not taken again until it changes`()
        throws
    {
        let bench = try KernelBench { $0.loader.probationSeconds = 5 }
        try bench.watch()
        let sick = bench.folder.file("sick")
        try bench.serve("counter")
        #expect(bench.call("counter.count").text == "1 one")
        try bench.serve(
            "counter", defining: ["FIXTURE_ANSWER=\"two\"", "COUNTER_SICK=\"\(sick)\""])
        #expect(bench.call("counter.count").text == "2 two")
        try Files.replace(sick, with: [])
        let reason = try bench.nextReturned()
        #expect(reason.contains("health check failed") && reason.contains("it feels sick"))
        #expect(bench.call("counter.count").text == "3 one")
        #expect(bench.loader.slot("counter")?.problem?.contains("was taken back") == true)
        try Shell.run(": < \(bench.path("module.so"))")
        try bench.barrier()
        #expect(bench.reloads(of: "counter").count == 2)
        try Files.remove(sick)
        try Shell.run("touch \(bench.path("module.so"))")
        _ = try bench.nextServing()
        #expect(bench.call("counter.count").text == "4 two")
    }

    @Test func `a build whose worker crashes soon after is taken back`() throws {
        let bench = try KernelBench { $0.loader.probationSeconds = 600 }
        try bench.watch()
        let tasks = #"FIXTURE_TASK("answer","thread")","FIXTURE_TASK("work","process")"#
        try bench.serve("hazard", defining: ["HAZARD_TASKS=\(tasks)"])
        #expect(bench.answer == "one")
        try bench.serve(
            "hazard",
            defining: [
                "HAZARD_TASKS=\(tasks)", "FIXTURE_ANSWER=\"two\"",
                "HAZARD_CALL=if(call->task==1)crash()",
            ])
        #expect(bench.answer == "two")
        let outcome = bench.call("fixture.work")
        #expect(outcome.message.contains("SIGSEGV"))
        let reason = try bench.nextReturned()
        #expect(reason.contains("fixture.work ended its process"))
        #expect(bench.answer == "one")
        #expect(bench.call("fixture.work").text == "one")
    }

    @Test func `a build that is replaced again during its probation goes the ordinary way`() throws
    {
        let bench = try KernelBench { $0.loader.probationSeconds = 600 }
        try bench.watch()
        for number in 1...5 {
            try bench.serve("counter", defining: ["FIXTURE_ANSWER=\"\(number)\""])
            #expect(bench.call("counter.count").text == "\(number) \(number)")
        }
    }

    // MARK: Calls in flight

    @Test func `a call in flight ends on the build that it began on`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("modes")
        let calls = ["thread", "process"].map { bench.begin("modes.\($0)", "heed") }
        try waitFor("the calls to run") {
            calls.allSatisfy { bench.dispatcher.board.call($0.id) != nil }
        }
        let old = try #require(bench.loader.slot("modes")?.current)
        try waitFor("the worker to be busy") { old.workers.counts.busy == 1 }
        try bench.serve("modes", defining: ["FIXTURE_VERSION=\"2.0.0\""])
        #expect(bench.loader.slot("modes")?.current !== old)
        for call in calls {
            #expect(bench.dispatcher.board.call(call.id)?.facts.generation == old.number)
            #expect(bench.dispatcher.board.cancel(call.id))
            #expect(call.wait().message == "heeded 1")
        }
    }

    @Test func `a call of a stateful module that outlives the drain is cancelled and says so`()
        throws
    {
        let bench = try KernelBench {
            $0.loader.drainSeconds = 0.1
            $0.loader.graceSeconds = 0.1
        }
        try bench.watch()
        let wait = "while(access(\"\(bench.folder.file("go"))\",F_OK))usleep(1000)"
        try bench.serve("hazard", defining: ["HAZARD_SAVE=", "HAZARD_CALL=\(wait)"])
        let call = bench.begin("fixture.answer")
        try waitFor("the call to run") {
            bench.dispatcher.board.call(call.id)?.hasBegun ?? false
        }
        let reloaded = try bench.serve(
            "hazard", defining: ["HAZARD_SAVE=", "FIXTURE_ANSWER=\"two\""])
        #expect(reloaded.callsCancelled == 1)
        let outcome = call.wait()
        #expect(outcome.status == .cancelled)
        #expect(outcome.message.contains("was reloaded, and this call had not ended within 0.1 s"))
        #expect(bench.answer == "two")
        try Files.replace(bench.folder.file("go"), with: [])
        try waitFor("the thread to return") { bench.pool.counts.abandoned == 0 }
        #expect(call.ends.count == 1)
    }

    @Test func `a call that heeds the drain says that it stopped because of the reload`() throws {
        let bench = try KernelBench { $0.loader.drainSeconds = 0.1 }
        try bench.watch()
        let heed =
            "while(!fixture_calls->is_cancelled(fixture_host->context,call->id))usleep(1000);"
            + "fixture_refuse(call->id,MOD_CANCELLED,\"stopped\");return"
        try bench.serve("hazard", defining: ["HAZARD_SAVE=", "HAZARD_CALL=\(heed)"])
        let call = bench.begin("fixture.answer")
        try waitFor("the call to run") {
            bench.dispatcher.board.call(call.id)?.hasBegun ?? false
        }
        try bench.serve("hazard", defining: ["HAZARD_SAVE=", "FIXTURE_ANSWER=\"two\""])
        #expect(call.wait().text == "cancelled: it stopped because of a reload: stopped")
    }
}
