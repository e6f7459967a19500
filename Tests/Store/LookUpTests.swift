import KernelBase
import KernelStore
import KernelTesting
import Testing

@Suite(.blocking) struct LookUpTests {
    @Test func `a task is found by the beginning of its name, if only it has that`() throws {
        let scratch = try ScratchStore()
        let base: Int64 = 0x0123_4567_89ab
        let tasks = [base << 5, base << 5 + 1, 1 << 54].map { number in
            NewTask.test().with { $0.id = TaskID(number: number) }
        }
        for task in tasks { try scratch.submit(task) }
        func find(_ text: String) throws -> TaskRecord {
            try Answer.wait { scratch.tasks.task(matching: text, $0) }
        }
        #expect(try find(tasks[0].id.description).id == tasks[0].id)
        #expect(try find(String(tasks[2].id.description.prefix(2))).id == tasks[2].id)
        let error = refusal { _ = try find(String(tasks[0].id.description.prefix(5))) }
        #expect(error?.kind == .ambiguous)
        #expect(error?.description.contains(tasks[1].id.description) == true)
        #expect(refusal { _ = try find("tzz") }?.kind == .unknown)
        #expect(refusal { _ = try find("nonsense!") }?.kind == .unknown)
    }

    @Test func `lists show what is asked for, newest first, in parts`() throws {
        let scratch = try ScratchStore()
        let parent = NewTask.test("b.x")
        let tasks =
            [parent]
            + (0..<5).map { number in
                NewTask.test(number % 2 == 0 ? "a.x" : "b.x", by: "c\(number) pts/1").with {
                    $0.parent = parent.id
                }
            }
        for task in tasks { try scratch.submit(task) }
        try scratch.run(tasks[1].id)
        func ids(_ change: (inout TaskFilter) -> Void) throws -> [Int] {
            var filter = TaskFilter()
            change(&filter)
            return try scratch.list(filter).map { id in
                tasks.firstIndex { $0.id == id } ?? -1
            }
        }
        #expect(try ids { _ in } == [5, 4, 3, 2, 1, 0])
        #expect(try ids { $0.states = [.done] } == [1])
        #expect(try ids { $0.states = [.done, .queued] } == [5, 4, 3, 2, 1, 0])
        #expect(try ids { $0.module = "b" } == [4, 2, 0])
        #expect(try ids { $0.submitter = "c2" } == [3])
        #expect(try ids { $0.submitter = "c2 pts/1" } == [3])
        #expect(try ids { $0.submitter = "c" } == [])
        #expect(try ids { $0.parent = parent.id } == [5, 4, 3, 2, 1])
        #expect(try ids { $0.order = .oldestFirst } == [0, 1, 2, 3, 4, 5])
        #expect(
            try ids {
                $0.limit = 2
                $0.after = tasks[4].id
            } == [3, 2])
        let counts = try Answer.wait { scratch.tasks.counts($0) }
        #expect(counts == [.queued: 5, .done: 1])
    }

    @Test func `what is not there is an error with its name`() throws {
        let scratch = try ScratchStore()
        let id = TaskID.make()
        let tasks = scratch.tasks
        let errors = [
            refusal { _ = try Answer.wait { tasks.task(id, $0) } },
            refusal { _ = try Answer.wait { tasks.arguments(of: id, $0) } },
            refusal { _ = try Answer.wait { tasks.result(of: id, $0) } },
            refusal { _ = try Answer.wait { tasks.attempts(of: id, $0) } },
            refusal { _ = try Answer.wait { tasks.output(of: id, from: 0, bytesMax: 9, $0) } },
            refusal { try Answer.wait { tasks.appendOutput([.text("x")], to: id, $0) } },
        ]
        for error in errors {
            #expect(error?.kind == .unknown)
            #expect(error?.description.contains(id.description) == true)
        }
    }

    @Test func `the last progress is kept until the end`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        func set(_ progress: TaskProgress) throws {
            try Answer.wait { scratch.tasks.setProgress(progress, of: id, $0) }
        }
        try set(TaskProgress(fraction: 0.5, note: "not yet running"))
        #expect(try scratch.task(id).progress == nil)
        try scratch.begin(id)
        try set(TaskProgress(fraction: 0.5, note: "half"))
        try set(TaskProgress(fraction: nil, note: ""))
        #expect(try scratch.task(id).progress == TaskProgress(fraction: nil, note: ""))
    }
}
