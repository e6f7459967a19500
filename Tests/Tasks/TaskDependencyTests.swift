import KernelBase
import KernelCalls
import KernelStore
import KernelTesting
import Testing

@testable import KernelTasks

/// Tasks that wait for others.
@Suite(.blocking, .timeLimit(.minutes(2)))
struct TaskDependencyTests {
    /// Tasks named 0, 1, 2 …, each of which waits for those before it that its row names.
    private static func graph(_ rows: [[Int]]) -> [NewTask] {
        let ids = rows.map { _ in TaskID.make() }
        return rows.enumerated().map { index, needs in
            TaskBench.task("\(index)") { task in
                task.id = ids[index]
                task.dependencies = needs.map { ids[$0] }
            }
        }
    }

    @Test(arguments: [
        [[], [0], [1], [2]], [[], [0], [0], [1, 2]], [[], [], [0, 1], [0], [2, 3]],
        [[], [0], [0], [0], [1, 2, 3], [4, 0]],
    ])
    func `each begins once all that it waits for are done`(rows: [[Int]]) throws {
        let bench = try TaskBench()
        let tasks = Self.graph(rows)
        _ = try bench.submit(tasks)
        var done: Set<Int> = []
        while done.count < rows.count {
            let ready = Set(
                rows.indices.filter { !done.contains($0) && rows[$0].allSatisfy(done.contains) })
            let begun = try bench.runner.waitForBegun(done.count + ready.count)
            try bench.settle()
            #expect(Set(begun.compactMap { Int($0) }) == done.union(ready))
            for index in ready.sorted() {
                try bench.runner.call("\(index)").finish()
                _ = try bench.end(of: tasks[index].id)
            }
            done.formUnion(ready)
        }
    }

    @Test func `what waits for a task that fails is cancelled, and says for which`() throws {
        let bench = try TaskBench()
        bench.runner.isIdempotent = false
        let tasks = Self.graph([[], [0], [1], []])
        _ = try bench.submit(tasks)
        try bench.runner.call("0").fail()
        for (index, cause) in [(1, 0), (2, 1)] {
            let record = try bench.end(of: tasks[index].id)
            #expect(record.state == .cancelled && record.attempts == 0)
            #expect(record.end?.message.contains("\(tasks[cause].id)") == true)
        }
        try bench.runner.call("3").finish()
        #expect(try bench.end(of: tasks[3].id).state == .done)
        let late = try bench.submit(TaskBench.task("late") { $0.dependencies = [tasks[0].id] })
        #expect(try bench.end(of: late[0]).state == .cancelled)
        let fine = try bench.submit(TaskBench.task("fine") { $0.dependencies = [tasks[3].id] })
        try bench.runner.call("fine").finish()
        #expect(try bench.end(of: fine[0]).state == .done)
    }

    @Test func `a circle is refused, and none of its tasks is taken`() throws {
        let bench = try TaskBench()
        var tasks = Self.graph([[], [0], [1]])
        tasks[0].dependencies = [tasks[2].id]
        let problem = try bench.problem { [tasks] in bench.engine.submit(tasks, $0) }
        #expect(problem.kind == .invalid && problem.description.contains("circle"))
        for task in tasks { #expect(problem.description.contains("\(task.id)")) }
        #expect(try Answer.wait { bench.store.tasks.counts($0) }.isEmpty)
    }

    @Test func `a task that is tried again keeps those who wait for it waiting`() throws {
        let bench = try TaskBench()
        let tasks = Self.graph([[], [0]])
        _ = try bench.submit(tasks)
        try bench.runner.call("0").fail()
        try bench.wait(for: tasks[0].id, toBe: .waiting)
        #expect(try bench.state(tasks[1].id) == .waiting)
        bench.advance(milliseconds: 2_000)
        try bench.runner.call("0", count: 2).finish()
        try bench.runner.call("1").finish()
        #expect(try bench.end(of: tasks[1].id).state == .done)
    }

    @Test func `work that is handed in once more waits for what it waited for`() throws {
        let bench = try TaskBench()
        bench.runner.isIdempotent = false
        let later = bench.clock.now.adding(milliseconds: 60_000)
        var tasks = Self.graph([[], [0], [0]])
        tasks[2].deadline = later
        tasks[2].key = "once"
        _ = try bench.submit(tasks)
        _ = try bench.runner.call("0")
        _ = try bench.cancel(tasks[2].id)
        #expect(try bench.end(of: tasks[2].id).state == .cancelled)
        let again = try bench.retry(tasks[2].id)
        #expect(again.state == .waiting && again.dependencies.map(\.id) == [tasks[0].id])
        #expect(again.deadline == later && again.key == nil && again.repeats == tasks[2].id)
        try bench.runner.call("0").fail()
        #expect(try bench.end(of: again.id).state == .cancelled)
        #expect(try bench.end(of: tasks[1].id).state == .cancelled)
        let problem = try bench.problem { bench.engine.retry(tasks[1].id, by: "tests", $0) }
        #expect(problem.kind == .refused)
        #expect(problem.description.contains("waits for \(tasks[0].id), which is failed"))
        #expect(bench.runner.begun == ["0"])
    }

    @Test func `what cannot be read just now is not taken for gone`() throws {
        let faults = Faults()
        let bench = try TaskBench(faults: faults)
        bench.runner.endAtOnce()
        let first = try bench.submit(TaskBench.task("first"))[0]
        _ = try bench.end(of: first)
        bench.runner.set(.absent("not yet"), for: "apps.open")
        // Its state was open when it was handed in, and cannot be read when it is looked at again.
        let needed = try bench.submit(TaskBench.task("needed", "apps.open"))[0]
        bench.die()
        faults.set(refusesReads: true)
        let second = try TaskBench(bench.folder, faults: faults) { $0.work = .submittedHere }
        let dependant = try second.submit(TaskBench.task("one") { $0.dependencies = [needed] })[0]
        try second.settle()
        second.advance(milliseconds: 1_000)
        try second.settle()
        #expect(try second.state(dependant) == .waiting)
        faults.set(refusesReads: false)
        try waitFor("it to be looked at again") {
            second.advance(milliseconds: 1_000)
            return second.runner.begun == ["needed"]
        }
        try second.runner.call("needed").finish()
        try second.runner.call("one").finish()
        #expect(try second.end(of: dependant).state == .done)
    }
}
