import KernelBase
import KernelStore
import KernelTesting
import Testing

@Suite(.blocking) struct SubmitTests {
    @Test func `a task is kept as it was handed in`() throws {
        let scratch = try ScratchStore()
        let parent = NewTask.test()
        let task = NewTask("fs.read", .json(#"{"path":"ä"}"#), submitter: "laptop").with {
            $0.key = "k1"
            $0.priority = -3
            $0.isIdempotent = true
            $0.attemptsMax = 4
            $0.deadline = Moment(milliseconds: 99)
            $0.parent = parent.id
            $0.timeoutSeconds = 1.5
            $0.repeats = parent.id
        }
        let answered = try scratch.submit(parent, task)[1]
        let read = try scratch.task(task.id)
        #expect(answered == read)
        #expect(read.name == "fs.read" && read.module == "fs" && read.submitter == "laptop")
        #expect(read.key == "k1" && read.priority == -3)
        #expect(read.isIdempotent && read.attemptsMax == 4 && read.attempts == 0)
        #expect(read.deadline == Moment(milliseconds: 99) && read.parent == parent.id)
        #expect(read.timeoutSeconds == 1.5 && read.repeats == parent.id)
        #expect(read.state == .queued && read.owner == nil && read.end == nil)
        let arguments = try Answer.wait { scratch.tasks.arguments(of: task.id, $0) }
        #expect(arguments == task.arguments)
    }

    @Test func `the same key of the same client is the same task`() throws {
        let scratch = try ScratchStore()
        let first = try scratch.submit(.test().with { $0.key = "once" })[0]
        let again = try scratch.submit(.test().with { $0.key = "once" })[0]
        let other = try scratch.submit(.test(by: "phone").with { $0.key = "once" })[0]
        #expect(again == first)
        #expect(other.id != first.id)
        #expect(try scratch.list().count == 2)
    }

    @Test func `who names a task whose key is known means the one that has it`() throws {
        let scratch = try ScratchStore()
        func batch() throws -> [TaskRecord] {
            let keyed = NewTask.test().with { $0.key = "once" }
            let dependant = NewTask.test().with { $0.dependencies = [keyed.id] }
            let child = NewTask.test().with { $0.parent = keyed.id }
            return try scratch.submit(keyed, dependant, child)
        }
        let first = try batch()
        let second = try batch()
        #expect(second[0].id == first[0].id)
        #expect(second[1].id != first[1].id)
        #expect(second[1].dependencies.map(\.id) == [first[0].id])
        #expect(second[2].parent == first[0].id)
    }

    @Test func `a parent that is over takes no children`() throws {
        let scratch = try ScratchStore()
        let ended = try scratch.submit(.test())[0].id
        try scratch.run(ended)
        let cancelled = try scratch.submit(.test())[0].id
        _ = try Answer.wait { scratch.tasks.askToCancel(familyOf: cancelled, at: .now, $0) }
        for (parent, words) in [(ended, "has ended (done)"), (cancelled, "was cancelled")] {
            let error = refusal { try scratch.submit(.test().with { $0.parent = parent }) }
            #expect(error?.kind == .refused)
            #expect(error?.description.contains("\(parent) \(words)") == true)
        }
    }

    @Test func `a task waits for what it needs and for its time`() throws {
        let scratch = try ScratchStore()
        let first = NewTask.test()
        let second = NewTask.test().with { $0.dependencies = [first.id] }
        let later = NewTask.test().with { $0.notBefore = Moment.now.adding(milliseconds: 60_000) }
        let past = NewTask.test().with { $0.notBefore = Moment(milliseconds: 1) }
        let records = try scratch.submit(first, second, later, past)
        #expect(records.map(\.state) == [.queued, .waiting, .waiting, .queued])
        #expect(records[1].dependencies == [TaskDependency(id: first.id, state: .queued)])

        let dependants = try Answer.wait { scratch.tasks.dependants(of: first.id, $0) }
        #expect(dependants.map(\.id) == [second.id])
        try scratch.run(first.id)
        #expect(try scratch.task(second.id).dependencies.map(\.state) == [.done])
        let third = try scratch.submit(.test().with { $0.dependencies = [first.id] })[0]
        #expect(third.state == .queued)
    }

    @Test func `a submission is kept whole or not at all`() throws {
        let scratch = try ScratchStore()
        let missing = TaskID.make()
        let bad = NewTask.test().with { $0.dependencies = [missing] }
        let error = refusal { try scratch.submit(.test(), bad) }
        #expect(error?.kind == .unknown)
        #expect(error?.description.contains(missing.description) == true)
        #expect(try scratch.list().isEmpty)

        let task = NewTask.test()
        try scratch.submit(task)
        #expect(refusal { try scratch.submit(.test(), task) }?.kind == .duplicate)
        #expect(try scratch.list() == [task.id])
    }

    @Test func `what is too large is refused with its size`() throws {
        let scratch = try ScratchStore()
        let bytes = [UInt8](repeating: 65, count: StoreLimits.argumentBytesMax + 1)
        let tooLarge = [
            NewTask("fs.read", Payload(.bytes, bytes), submitter: "tests"),
            .test(String(repeating: "n", count: StoreLimits.nameBytesMax + 1)),
            .test(by: ""),
            .test().with {
                $0.dependencies = (0...StoreLimits.dependenciesMax).map {
                    TaskID(number: Int64($0))
                }
            },
        ]
        for task in tooLarge {
            #expect(refusal { try scratch.submit(task) }?.kind == .tooLarge)
        }
        let many = (0...StoreLimits.tasksPerSubmission).map { _ in NewTask.test() }
        let error = refusal { _ = try Answer.wait { scratch.tasks.submit(many, $0) } }
        #expect(error?.kind == .tooLarge)
        #expect(try scratch.list().isEmpty)
    }

    @Test func `tasks of fifty submitters at once are all there`() async throws {
        let scratch = try ScratchStore()
        let ids = try await withThrowingTaskGroup(of: [TaskID].self) { group in
            for submitter in 0..<50 {
                group.addTask {
                    var ids: [TaskID] = []
                    for _ in 0..<20 {
                        let task = NewTask.test(by: "client-\(submitter)")
                        let records = try await Answer.value { scratch.tasks.submit([task], $0) }
                        ids += records.map(\.id)
                    }
                    return ids
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        var filter = TaskFilter()
        filter.limit = 2_000
        #expect(try scratch.list(filter) == ids.sorted(by: >))
        #expect(Set(ids).count == 1_000)
    }
}
