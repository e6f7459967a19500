import KernelBase
import KernelStore
import KernelSystem
import KernelTesting
import Testing

@testable import KernelTasks

/// A database with a damaged page: what can be read goes on, and what cannot is said.
@Suite(.blocking, .timeLimit(.minutes(2)))
struct TaskDamageTests {
    private static let submitter = "somebody with tasks"
    private static let pageBytes = 4_096

    /// Overwrites one page of the table of tasks, which alone names submitters.
    private func damage(_ path: String) throws {
        var bytes = try Files.read(path, bytesMax: 1 << 28)
        let name = Array(Self.submitter.utf8)
        let leaves = stride(from: 0, to: bytes.count, by: Self.pageBytes).filter { start in
            bytes[start] == 0x0D && bytes[start..<(start + Self.pageBytes)].contains(name)
        }
        try #require(leaves.count > 3)
        let start = leaves[leaves.count / 2]
        for place in start..<(start + Self.pageBytes) { bytes[place] = 0x5A }
        try Files.replace(path, with: bytes)
    }

    private func unread(_ bench: TaskBench) throws -> (ids: [TaskID], why: String) {
        let report = try bench.heard.report { if case .unread = $0 { true } else { false } }
        guard case .unread(let ids, let why) = report else { return ([], "") }
        return (ids, why)
    }

    private func troubles(_ bench: TaskBench) throws -> [String] {
        let box = Condition<[String]?>(nil)
        bench.engine.health { health in
            box.withLock { $0 = health.troubles }
            box.broadcast()
        }
        return try #require(box.wait(untilNanoseconds: patience()) { $0 })
    }

    @Test func `of a damaged page no more is lost than what is on it, and that is named`() throws {
        let first = try TaskBench()
        let later = first.clock.now.adding(milliseconds: 900_000)
        let tasks = (0..<950).map { number in
            TaskBench.task("\(number)", by: Self.submitter) { $0.notBefore = later }
        }
        let ids = try first.submit(tasks).map(\.id)
        first.die()
        try damage(first.folder.file("state/kernel.db"))

        let second = try TaskBench(first.folder)
        let lost = try unread(second)
        #expect(!lost.ids.isEmpty && lost.ids.count < 60 && Set(lost.ids).isSubset(of: ids))
        #expect(lost.why.contains("kernel.db is damaged"))
        let troubles = try troubles(second)
        #expect(troubles.count == 1)
        #expect(troubles.first?.hasPrefix("\(lost.ids.count) open tasks (") == true)
        #expect(troubles.first?.contains("cannot be read or written, and stand still") == true)

        second.runner.endAtOnce()
        second.advance(milliseconds: 1_000_000)
        // A row that grows may need the page beside its own, which may be the damaged one: of three
        // pages with 60 rows each all may stand still.
        func named() -> Set<TaskID> {
            let reports = second.heard.reports.map { report in
                if case .unread(let ids, _) = report { ids } else { [TaskID]() }
            }
            return Set(reports.joined())
        }
        try waitFor("all others to be done, or named") {
            let done = try Answer.wait { second.store.tasks.salvage([.done], $0) }.tasks
            return Set(done.map(\.id)).union(named()).isSuperset(of: ids)
        }
        #expect(named().count < 200)
        let new = try second.submit(TaskBench.task("new"))[0]
        #expect(try second.end(of: new).state == .done)
        for _ in 0..<3 {
            second.advance(milliseconds: 1_000)
            try second.settle()
        }
        // Each is said once, and nothing is said to be well again.
        let said = second.heard.reports.map { report in
            if case .unread(let ids, _) = report { ids.count } else { 1_000 }
        }
        #expect(said.reduce(0, +) == named().count)
        let rest = try self.troubles(second)
        #expect(rest.count == 1 && rest.first?.contains("open tasks (") == true)
    }

    @Test func `a task that waits for one that cannot be read is left where it is`() throws {
        let first = try TaskBench { $0.runningMax = 0 }
        let tasks = (0..<300).map { TaskBench.task("\($0)", by: Self.submitter) }
        let ids = try first.submit(tasks).map(\.id)
        first.die()
        try damage(first.folder.file("state/kernel.db"))
        let second = try TaskBench(first.folder) { $0.runningMax = 0 }
        let lost = try #require(try unread(second).ids.first)
        second.die()
        let third = try TaskBench(first.folder) { $0.work = .submittedHere }
        third.runner.endAtOnce()
        let problem = try third.problem { done in
            third.engine.submit([TaskBench.task("one") { $0.dependencies = [lost] }], done)
        }
        #expect(problem.kind == .failed && problem.description.contains("damaged"))
        #expect(ids.contains(lost))
    }
}
