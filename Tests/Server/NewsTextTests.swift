import KernelBuilds
import KernelGenerations
import KernelStore
import KernelTasks
import KernelWire
import Testing

@testable import KernelGenerations
@testable import KernelServer

/// The lines that tell of a reload.
struct NewsTextTests {
    private static func manifest(_ tasks: [String]) throws -> Manifest {
        let list = tasks.map { "{\"name\":\"\($0)\"}" }.joined(separator: ",")
        let text = "{\"id\":\"greeter\",\"version\":\"1.12.3\",\"tasks\":[\(list)]}"
        return try Manifest(parsing: Array(text.utf8))
    }

    private static func line(
        from old: [String]?, to new: [String], isSameBuild: Bool = false
    ) throws -> String {
        NewsText.news(
            .serving(
                LoaderEvent.Reloaded(
                    module: "greeter", version: "1.12.3", generation: 2, build: "3fa9c1d2",
                    nanoseconds: 3_400_000,
                    tasks: TaskChanges(from: try old.map(manifest), to: try manifest(new)),
                    isReload: old != nil, isSameBuild: isSameBuild, callsCancelled: 0))
        ).text
    }

    @Test func `a reload is one line of a narrow terminal`() throws {
        let tasks = (0..<12).map { "task\($0)" }
        let line = try Self.line(from: tasks, to: tasks)
        #expect(
            line == "greeter 1.12.3 reloaded: generation 2 (3fa9c1d2) in 3.40 ms; "
                + "12 tasks as before")
        #expect(line.count <= 79)
    }

    @Test func `what a kernel that died leaves behind is said in lines of their own`() {
        func tasks(_ count: Int, _ name: String) -> [TaskRecord] {
            (0..<count).map { _ in
                TaskRecord(
                    id: .make(), name: name, module: "fs", submitter: "tests", created: .now,
                    state: .running)
            }
        }
        let again = tasks(7, "fs.search")
        let news = NewsText.news(
            TaskReport.recovered(again: again, interrupted: tasks(1, "fs.write")))
        #expect(
            news.text == "the last kernel ended while 8 durable tasks ran (/tasks shows them):")
        #expect(news.details.count == 7 && news.details[5] == "2 more run again")
        #expect(news.details[0] == "\(again[0].id) fs.search runs again")
        #expect(news.details[6].hasSuffix(" fs.write was interrupted"))
        #expect(([news.text] + news.details).allSatisfy { $0.count < 78 })
    }

    @Test func `a reload says what it changed in the tasks`() throws {
        let line = try Self.line(from: ["hello", "old"], to: ["hello", "new"])
        #expect(line.hasSuffix("2 tasks: +new -old"))
    }

    @Test func `a reload that changes many tasks is still one line, and says how many`() throws {
        let old = (0..<9).map { "a-task-with-a-name-\($0)" }
        let new = (0..<10).map { "another-task-\($0)" }
        let line = try Self.line(from: old, to: new)
        #expect(line.hasSuffix("in 3.40 ms; 10 tasks: +10 -9"))
        #expect(line.count <= 79)
    }

    @Test func `a first load has nothing to compare with`() throws {
        #expect(
            try Self.line(from: nil, to: ["hello", "bye"]).hasSuffix(
                " loaded: generation 2 (3fa9c1d2) in 3.40 ms; 2 tasks"))
        #expect(try Self.line(from: nil, to: []).hasSuffix("; 0 tasks"))
    }

    @Test func `a build that was known under another name is called the same`() throws {
        let line = try Self.line(from: ["hello"], to: ["hello"], isSameBuild: true)
        #expect(line.hasSuffix("in 3.40 ms; the same build"))
        #expect(line.count <= 79)
    }
}
