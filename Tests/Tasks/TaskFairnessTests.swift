import Dispatch
import KernelBase
import KernelCalls
import KernelStore
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelTasks

/// Many tasks of many submitters at once: order, limits, nothing lost. The long form has 10,000.
@Suite(.blocking, .timeLimit(.minutes(5)))
struct TaskFairnessTests {
    private static let isLong = LongForm.isWanted
    private static let submitters = 50
    private static var each: Int { isLong ? 200 : 20 }

    @Test func `many submitters at once get their turns, within the limits, and nothing is lost`()
        throws
    {
        let bench = try TaskBench {
            $0.runningMax = 8
            $0.moduleRunningMax = { $0 == "apps" ? 2 : 6 }
        }
        // Nothing begins before everything is there, so that the turns can be told.
        for name in ["fs.read", "apps.open"] { bench.runner.set(.absent("not yet"), for: name) }
        let ids = Mutex<[TaskID]>([])
        DispatchQueue.concurrentPerform(iterations: Self.submitters) { submitter in
            for number in 0..<Self.each {
                let name = number % 4 == 0 ? "apps.open" : "fs.read"
                let task = TaskBench.task("\(submitter).\(number)", name, by: "user\(submitter)")
                do {
                    let id = try bench.submit(task)[0]
                    ids.withLock { $0.append(id) }
                } catch {
                    Issue.record("not taken: \(error)")
                }
            }
        }
        let total = Self.submitters * Self.each
        let all = ids.withLock { $0 }
        #expect(Set(all).count == total)
        bench.runner.endAtOnce()
        for name in ["fs.read", "apps.open"] { bench.runner.set(nil, for: name) }
        bench.engine.modulesChanged()
        for id in all { #expect(try bench.end(of: id).state == .done) }
        let begun = bench.runner.begun
        #expect(begun.count == total && Set(begun).count == total)
        checkTurns(begun)
        checkLimits(bench)
    }

    /// Between two turns of one submitter, each other one that still waits has had about one too.
    private func checkTurns(_ begun: [String]) {
        var turns: [Substring: Int] = [:]
        for label in begun {
            let submitter = label.prefix { $0 != "." }
            turns[submitter, default: 0] += 1
            let most = turns.values.max() ?? 0
            guard most < Self.each, turns.count == Self.submitters else { continue }
            #expect(most - (turns.values.min() ?? 0) <= 2)
        }
        // Everybody had a turn before anybody had a third one.
        let firstRound = begun.prefix(2 * Self.submitters).map { $0.prefix { $0 != "." } }
        #expect(Set(firstRound).count == Self.submitters)
        for submitter in 0..<Self.submitters {
            let own = begun.filter { $0.hasPrefix("\(submitter).") }
            let read = own.filter { !isOfApps($0) }.compactMap(number)
            #expect(read == read.sorted(), "of one name the older comes first")
        }
    }

    private func number(_ label: String) -> Int? {
        label.split(separator: ".").last.flatMap { Int($0) }
    }
    private func isOfApps(_ label: String) -> Bool { number(label).map { $0 % 4 == 0 } ?? false }

    private func checkLimits(_ bench: TaskBench) {
        #expect(bench.runner.most("") <= 8)
        #expect(bench.runner.most("apps") <= 2)
        #expect(bench.runner.most("fs") <= 6)
    }

    @Test func `as many run at once as may, and no more`() throws {
        let bench = try TaskBench {
            $0.runningMax = 5
            $0.moduleRunningMax = { $0 == "apps" ? 2 : 16 }
        }
        let tasks =
            (0..<6).map { TaskBench.task("a\($0)", "apps.open") }
            + (0..<6).map { TaskBench.task("f\($0)") }
        _ = try bench.submit(tasks)
        var begun = try bench.runner.waitForBegun(5)
        try bench.settle()
        #expect(Set(begun) == ["a0", "a1", "f0", "f1", "f2"])
        try bench.runner.call("a0").finish()
        begun = try bench.runner.waitForBegun(6)
        #expect(begun.last == "a2")
        try bench.runner.call("f0").finish()
        begun = try bench.runner.waitForBegun(7)
        #expect(begun.last == "f3")
    }

    @Test func `what is more urgent goes before what came earlier`() throws {
        let bench = try TaskBench { $0.runningMax = 1 }
        try bench.submit(TaskBench.task("first"))
        _ = try bench.runner.call("first")
        for (label, priority) in [("low", -5), ("middle", 0), ("high", 7)] {
            try bench.submit(TaskBench.task(label) { $0.priority = priority })
        }
        bench.runner.endAtOnce()
        try bench.runner.call("first").finish()
        #expect(try bench.runner.waitForBegun(4) == ["first", "high", "middle", "low"])
    }
}
