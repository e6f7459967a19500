import KernelBase
import KernelStore
import KernelTesting
import Testing

@Suite(.blocking) struct DeletionTests {
    private func delete(
        _ scratch: ScratchStore, before moment: Moment = Moment(milliseconds: 0), keeping: Int
    ) throws -> Int {
        try Answer.wait {
            scratch.tasks.deleteEnded(before: moment, keeping: keeping, $0)
        }
    }

    @Test func `the oldest ended tasks go, with all that belongs to them`() throws {
        let scratch = try ScratchStore()
        let tasks = (0..<6).map { _ in NewTask.test() }
        for task in tasks { try scratch.submit(task) }
        for task in tasks.prefix(5) { try scratch.run(task.id) }
        try Answer.wait { scratch.tasks.appendOutput([.text("x")], to: tasks[0].id, $0) }
        #expect(try delete(scratch, keeping: 5) == 0)
        #expect(try delete(scratch, keeping: 2) == 3)
        #expect(try delete(scratch, keeping: 2) == 0)
        #expect(try scratch.list() == tasks.suffix(3).map(\.id).reversed())
        #expect(try Answer.wait { scratch.store.problems(.full, $0) } == [])
        #expect(
            refusal { _ = try Answer.wait { scratch.tasks.arguments(of: tasks[0].id, $0) } }?.kind
                == .unknown)
    }

    @Test func `the newest are those that ended last, however old they are`() throws {
        let scratch = try ScratchStore()
        let ids = try scratch.submit(.test(), .test(), .test()).map(\.id)
        for (place, id) in [ids[1], ids[2], ids[0]].enumerated() {
            try scratch.run(id, at: Moment(milliseconds: 1_000 + Int64(place)))
        }
        #expect(try delete(scratch, keeping: 1) == 2)
        #expect(try scratch.list() == [ids[0]])
    }

    @Test func `a family stays together when its middle is deleted`() throws {
        let scratch = try ScratchStore()
        let root = try scratch.submit(.test())[0].id
        let child = try scratch.submit(.test().with { $0.parent = root })[0].id
        let grandchild = try scratch.submit(.test().with { $0.parent = child })[0].id
        let last = try scratch.submit(.test().with { $0.parent = grandchild })[0].id
        try scratch.run(child)
        try scratch.run(grandchild)
        #expect(try delete(scratch, keeping: 0) == 1)
        #expect(try scratch.task(grandchild).parent == root)
        let family = try Answer.wait { scratch.tasks.openFamily(of: root, $0) }
        #expect(family.map(\.id) == [root, last])
    }

    @Test func `tasks that ended long ago go`() throws {
        let scratch = try ScratchStore()
        let ids = try scratch.submit(.test(), .test(), .test()).map(\.id)
        for (index, id) in ids.dropLast().enumerated() {
            let moment = Moment(milliseconds: Int64(index) * 1_000)
            try scratch.step(TaskTransition(id, from: [.queued], to: .cancelled, at: moment))
        }
        let moment = Moment(milliseconds: 1_000)
        #expect(try delete(scratch, before: moment, keeping: 100) == 1)
        #expect(try scratch.list() == [ids[2], ids[1]])
    }

    @Test func `what a task that has not ended needs stays`() throws {
        let scratch = try ScratchStore()
        let needed = NewTask.test()
        let parent = NewTask.test()
        let waiting = NewTask.test().with {
            $0.dependencies = [needed.id]
            $0.parent = parent.id
        }
        try scratch.submit(needed, parent, waiting)
        try scratch.run(needed.id, to: .failed)
        try scratch.run(parent.id)
        #expect(try delete(scratch, keeping: 0) == 0)
        try scratch.step(TaskTransition(waiting.id, from: [.waiting], to: .cancelled, at: .now))
        #expect(try delete(scratch, keeping: 0) == 3)
    }
}
