import Dispatch
import KernelBase
import KernelCalls
import KernelStore
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelTasks

/// Many tasks of many submitters at once: order, limits, nothing lost.
@Suite(.blocking, .timeLimit(.minutes(5)))
struct TaskFairnessTests {
    private static let submitters = 50
    private static let each = 200
    private static let levels = 3
    private static let runningMax = (all: 8, apps: 2, others: 6)

    /// What a label says of its task: "submitter.number".
    private struct Label {
        let submitter: Int
        let number: Int

        init(_ text: String) throws {
            let parts = text.split(separator: ".").compactMap { Int($0) }
            try #require(parts.count == 2)
            (submitter, number) = (parts[0], parts[1])
        }

        init(_ submitter: Int, _ number: Int) {
            (self.submitter, self.number) = (submitter, number)
        }

        var text: String { "\(submitter).\(number)" }
        var name: String { number % 4 == 0 ? "apps.open" : "fs.read" }
        var priority: Int { number % levels - 1 }
    }

    @Test func `many submitters at once get their turns, within the limits, and nothing is lost`()
        throws
    {
        let bench = try TaskBench {
            $0.runningMax = Self.runningMax.all
            $0.moduleRunningMax = {
                $0 == "apps" ? Self.runningMax.apps : Self.runningMax.others
            }
        }
        // Nothing begins before everything is there, so that the turns can be told.
        for name in ["fs.read", "apps.open"] { bench.runner.set(.absent("not yet"), for: name) }
        let ids = Mutex<[TaskID]>([])
        DispatchQueue.concurrentPerform(iterations: Self.submitters) { submitter in
            for number in 0..<Self.each {
                let label = Label(submitter, number)
                let task = TaskBench.task(label.text, label.name, by: "user\(submitter)") {
                    $0.priority = label.priority
                }
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
        endOnThreads(bench)
        for name in ["fs.read", "apps.open"] { bench.runner.set(nil, for: name) }
        bench.engine.modulesChanged()
        for id in all { #expect(try bench.end(of: id).state == .done) }
        let begun = bench.runner.begun
        #expect(begun.count == total && Set(begun).count == total)
        let labels = try begun.map { try Label($0) }
        checkOrder(labels)
        checkTurns(labels)
        #expect(bench.runner.most("") == Self.runningMax.all)
        #expect(bench.runner.most("apps") == Self.runningMax.apps)
        #expect(bench.runner.most("fs") == Self.runningMax.others)
    }

    /// Calls run side by side as they do in a kernel: the first ones until as many are there as may
    /// be.
    private func endOnThreads(_ bench: TaskBench) {
        let pool = ThreadPool(name: "scripted", threadsMax: Self.runningMax.all)
        bench.runner.endAtOnce { [runner = bench.runner] call in
            pool.run {
                try? waitFor("all places to be taken") {
                    runner.most("") >= Self.runningMax.all
                }
                call.finish()
            }
        }
    }

    /// Of one name the more urgent begins first, and of one submitter's the older.
    private func checkOrder(_ labels: [Label]) {
        for name in ["fs.read", "apps.open"] {
            let begun = labels.filter { $0.name == name }
            let priorities = begun.map(\.priority)
            #expect(priorities == priorities.sorted(by: >), "\(name)")
            for submitter in 0..<Self.submitters {
                let own = begun.filter { $0.submitter == submitter }
                for priority in Set(priorities) {
                    let numbers = own.filter { $0.priority == priority }.map(\.number)
                    #expect(numbers == numbers.sorted(), "\(name) of \(submitter)")
                }
            }
        }
    }

    /// Within a priority nobody is far ahead, as long as everybody has tasks of both names left.
    private func checkTurns(_ labels: [Label]) {
        for priority in Set(labels.map(\.priority)) {
            let level = labels.filter { $0.priority == priority }
            var left: [String: [Int: Int]] = [:]
            for label in level { left[label.name, default: [:]][label.submitter, default: 0] += 1 }
            var turns = [Int](repeating: 0, count: Self.submitters)
            var checked = 0
            for label in level {
                turns[label.submitter] += 1
                left[label.name]?[label.submitter]? -= 1
                if left[label.name]?[label.submitter] == 0 { break }
                checked += 1
                let distance = (turns.max() ?? 0) - (turns.min() ?? 0)
                guard distance > 2 else { continue }
                Issue.record(
                    "after \(checked) of priority \(priority) somebody is \(distance) ahead")
                return
            }
            #expect(checked > level.count / 2, "priority \(priority)")
        }
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
