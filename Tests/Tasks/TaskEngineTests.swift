import KernelBase
import KernelCalls
import KernelHosting
import KernelStore
import KernelTesting
import Testing

@testable import KernelTasks

/// One kernel: taking in, running, cancelling, trying again.
@Suite(.blocking, .timeLimit(.minutes(2)))
struct TaskEngineTests {
    @Test func `a task goes through its states and keeps its result`() throws {
        let bench = try TaskBench()
        let id = try bench.submit(TaskBench.task("one"))[0]
        let call = try bench.runner.call("one")
        #expect(call.run.name == "fs.read" && call.run.arguments == .text("one"))
        #expect(try bench.state(id) == .running)
        call.finish("the value")
        let record = try bench.end(of: id)
        #expect(record.state == .done && record.build == "ab12" && record.attempts == 1)
        #expect(try Answer.wait { bench.store.tasks.result(of: id, $0) } == .text("the value"))
        #expect(bench.heard.states(id) == [.queued, .running, .done])
        #expect(try bench.attempts(id) == [.succeeded])
        let sequences = bench.heard.events.map(\.sequence)
        #expect(sequences == Array(1...UInt64(sequences.count)))
    }

    @Test func `progress and output are told, and kept in bounded form`() throws {
        let bench = try TaskBench()
        let id = try bench.submit(TaskBench.task("one"))[0]
        let listener = try bench.runner.call("one").listener
        listener.callProgressed(fraction: 0.5, note: "half")
        listener.callProgressed(fraction: .nan, note: String(repeating: "é", count: 9_000))
        listener.callPrinted(.text, Array("first ".utf8))
        for _ in 0..<40 { listener.callPrinted(.text, [UInt8](repeating: 0x78, count: 100_000)) }
        listener.callPrinted(.text, Array("last".utf8))
        try bench.runner.call("one").finish()
        #expect(try bench.end(of: id).state == .done)
        let told = bench.heard.events.compactMap { event -> TaskProgress? in
            if case .progressed(_, let progress) = event.kind { progress } else { nil }
        }
        #expect(!told.isEmpty && told.allSatisfy { $0.note.utf8.count < 1_000 })
        #expect(told.last?.fraction == nil)
        let output = try Answer.wait {
            bench.store.tasks.output(of: id, from: 0, bytesMax: 16 << 20, $0)
        }
        let text = output.pieces.map { String(decoding: $0.payload.bytes, as: UTF8.self) }.joined()
        #expect(text.hasPrefix("first ") && text.contains("bytes were dropped here"))
        #expect(text.utf8.count <= 1 << 20)
    }

    @Test(arguments: [true, false])
    func `what fails is tried again with growing pauses, if it may run again`(
        isIdempotent: Bool
    ) throws {
        let bench = try TaskBench()
        bench.runner.isIdempotent = isIdempotent
        let id = try bench.submit(TaskBench.task("one"))[0]
        try bench.runner.call("one").fail()
        if isIdempotent {
            try bench.wait(for: id, toBe: .waiting)
            bench.advance(milliseconds: 700)
            try bench.settle()
            #expect(bench.runner.begun.count == 1)
            bench.advance(milliseconds: 600)
            try bench.runner.call("one", count: 2).fail()
            _ = try bench.heard.waitFor("the second pause") {
                $0.record.state == .waiting && $0.record.attempts == 2
            }
            bench.advance(milliseconds: 2_500)
            try bench.runner.call("one", count: 3).fail(.failed, "for good")
        }
        let record = try bench.end(of: id)
        #expect(record.state == .failed && record.attempts == (isIdempotent ? 3 : 1))
        #expect(record.end?.message == (isIdempotent ? "for good" : "it broke"))
        #expect(try bench.attempts(id).allSatisfy { $0 == .failed })
    }

    @Test func `a task that waits for its time begins then`() throws {
        let bench = try TaskBench()
        let due = bench.clock.now.adding(milliseconds: 5_000)
        let id = try bench.submit(TaskBench.task("one") { $0.notBefore = due })[0]
        try bench.settle()
        #expect(try bench.state(id) == .waiting && bench.runner.begun.isEmpty)
        bench.advance(milliseconds: 5_000)
        try bench.runner.call("one").finish()
        #expect(try bench.end(of: id).state == .done)
    }

    @Test func `a deadline ends what has not begun, and bounds what has`() throws {
        let bench = try TaskBench { $0.runningMax = 1 }
        let deadline = bench.clock.now.adding(milliseconds: 3_000)
        let first = try bench.submit(TaskBench.task("first") { $0.deadline = deadline })[0]
        let second = try bench.submit(TaskBench.task("second") { $0.deadline = deadline })[0]
        let call = try bench.runner.call("first")
        #expect(call.run.secondsLeft == 3)
        bench.advance(milliseconds: 3_000)
        let record = try bench.end(of: second)
        #expect(record.state == .failed && record.end?.status == .deadline)
        call.fail(.deadline, "too late")
        #expect(try bench.end(of: first).state == .failed)
        #expect(bench.runner.begun == ["first"])
        let problem = try bench.problem {
            bench.engine.submit([TaskBench.task("x") { $0.deadline = deadline }], $0)
        }
        #expect(problem.kind == .invalid && problem.description.contains("deadline"))
    }

    // MARK: Cancelling

    @Test func `a queued task and a waiting one are cancelled at once`() throws {
        let bench = try TaskBench { $0.runningMax = 1 }
        try bench.submit(TaskBench.task("first"))
        let queued = try bench.submit(TaskBench.task("queued"))[0]
        let waiting = try bench.submit(TaskBench.task("waiting") { $0.dependencies = [queued] })[0]
        _ = try bench.runner.call("first")
        #expect(try bench.cancel(queued) == [queued])
        #expect(try bench.end(of: queued).end?.message == "it was cancelled by the test")
        let dependant = try bench.end(of: waiting)
        #expect(dependant.state == .cancelled)
        #expect(dependant.end?.message.contains("\(queued) (fs.read)") == true)
        #expect(bench.runner.begun == ["first"])
    }

    @Test func `a running task is asked to end, and is cancelled when it does`() throws {
        let bench = try TaskBench()
        let id = try bench.submit(TaskBench.task("one"))[0]
        _ = try bench.runner.call("one")
        #expect(try bench.cancel(id) == [id])
        let call = try bench.runner.asked("one")
        #expect(try bench.record(id).cancelAsked != nil)
        call.fail(.cancelled, "as asked")
        let record = try bench.end(of: id)
        #expect(record.state == .cancelled && record.end?.message == "as asked")
        #expect(try bench.attempts(id) == [.cancelled])
    }

    @Test func `a task that has ended cannot be cancelled, and one that is not there neither`()
        throws
    {
        let bench = try TaskBench()
        bench.runner.endAtOnce()
        let id = try bench.submit(TaskBench.task("one"))[0]
        _ = try bench.end(of: id)
        let ended = try bench.problem { bench.engine.cancel(id, why: "", $0) }
        #expect(ended.kind == .refused && ended.description.contains("is done"))
        let unknown = try bench.problem { bench.engine.cancel(.make(), why: "", $0) }
        #expect(unknown.kind == .unknown)
    }

    @Test func `cancelling a parent goes to its children and theirs`() throws {
        let bench = try TaskBench()
        let parent = try bench.submit(TaskBench.task("parent"))[0]
        let child = try bench.submit(TaskBench.task("child") { $0.parent = parent })[0]
        let later = bench.clock.now.adding(milliseconds: 1_000_000)
        let grandchild = try bench.submit(
            TaskBench.task("grandchild") {
                $0.parent = child
                $0.notBefore = later
            })[0]
        let other = try bench.submit(TaskBench.task("other"))[0]
        for label in ["parent", "child", "other"] { _ = try bench.runner.call(label) }
        #expect(try bench.cancel(parent) == [parent, child, grandchild])
        for label in ["parent", "child"] { try bench.runner.asked(label).fail(.cancelled, "ok") }
        for id in [parent, child, grandchild] { #expect(try bench.end(of: id).state == .cancelled) }
        #expect(try bench.state(other) == .running)
        #expect(try !bench.runner.call("other").isAskedToEnd)
    }

    // MARK: Once more

    @Test func `a task that failed runs once more as a new one that names it`() throws {
        let bench = try TaskBench()
        bench.runner.isIdempotent = false
        let id = try bench.submit(TaskBench.task("one") { $0.priority = 3 })[0]
        let early = try bench.problem { bench.engine.retry(id, by: "tests", $0) }
        #expect(early.kind == .refused)
        try bench.runner.call("one").fail()
        _ = try bench.end(of: id)
        let again = try bench.retry(id)
        #expect(again.id != id && again.repeats == id && again.priority == 3)
        try bench.runner.call("one", count: 2).finish()
        #expect(try bench.end(of: again.id).state == .done)
        #expect(try bench.state(id) == .failed)
    }

    @Test func `the same key gives the same task`() throws {
        let bench = try TaskBench()
        let first = try bench.submit(TaskBench.task("one") { $0.key = "k" })
        #expect(try bench.submit(TaskBench.task("two") { $0.key = "k" }) == first)
        try bench.runner.call("one").finish()
        _ = try bench.end(of: first[0])
        #expect(try bench.submit(TaskBench.task("three") { $0.key = "k" }) == first)
        #expect(bench.runner.begun == ["one"])
    }

    @Test func `a child that has ended leaves its own children in the family`() throws {
        let bench = try TaskBench()
        let parent = try bench.submit(TaskBench.task("parent"))[0]
        let child = try bench.submit(TaskBench.task("child") { $0.parent = parent })[0]
        let grandchild = try bench.submit(TaskBench.task("grandchild") { $0.parent = child })[0]
        try bench.runner.call("child").finish()
        _ = try bench.end(of: child)
        #expect(try bench.cancel(parent) == [parent, grandchild])
        for label in ["parent", "grandchild"] {
            try bench.runner.asked(label).fail(.cancelled, "ok")
        }
        #expect(try bench.end(of: grandchild).state == .cancelled)
        let late = try bench.problem {
            bench.engine.submit([TaskBench.task("late") { $0.parent = child }], $0)
        }
        #expect(late.kind == .refused && late.description.contains("has ended (done)"))
    }

    @Test func `on a full disk what runs is asked to end all the same`() throws {
        let faults = Faults()
        let bench = try TaskBench(faults: faults) { $0.runningMax = 1 }
        let parent = try bench.submit(TaskBench.task("runaway"))[0]
        try bench.submit(TaskBench.task("queued") { $0.parent = parent })
        _ = try bench.runner.call("runaway")
        faults.set(full: true)
        let problem = try bench.problem { bench.engine.cancel(parent, why: "enough", $0) }
        #expect(problem.kind == .failed && problem.description.contains("\(parent) was asked"))
        #expect(problem.description.contains("the disk is full"))
        try bench.runner.asked("runaway").fail(.cancelled, "as asked")
        faults.set(full: false)
        try waitFor("its end to be written") {
            bench.advance(milliseconds: 1_000)
            return try bench.state(parent) == .cancelled
        }
    }

    // MARK: Waiting

    @Test func `who waits no longer leaves nothing behind`() throws {
        let bench = try TaskBench()
        let id = try bench.submit(TaskBench.task("one"))[0]
        _ = try bench.runner.call("one")
        let heard = Box(0)
        for _ in 0..<TaskOptions.waitersMax + 10 {
            let wait = bench.engine.wait(for: id) { _ in heard.value += 1 }
            bench.engine.drop(wait, for: id)
        }
        let last = Box(false)
        bench.engine.wait(for: id) { _ in last.value = true }
        try bench.runner.call("one").finish()
        #expect(try bench.end(of: id).state == .done)
        #expect(heard.value == 0 && last.value)
    }

    // MARK: Refusals

    @Test func `what makes no sense is refused before it is taken in`() throws {
        let bench = try TaskBench { $0.openMax = 3 }
        bench.runner.set(.unknown("fs has no task \"raed\"; did you mean read?"), for: "fs.raed")
        let id = TaskID.make()
        let refused: [(NewTask, TaskProblem.Kind, String)] = [
            (TaskBench.task("x", "fs.raed"), .unknown, "did you mean read"),
            (TaskBench.task("x") { $0.priority = 11 }, .invalid, "-10 to 10"),
            (TaskBench.task("x") { $0.attemptsMax = 21 }, .invalid, "1 to 20"),
            (TaskBench.task("x") { $0.dependencies = [id] }, .unknown, "\(id)"),
            (
                TaskBench.task("x") { $0.dependencies = (0..<101).map { _ in .make() } },
                .invalid, "100"
            ),
        ]
        for (task, kind, words) in refused {
            let problem = try bench.problem { bench.engine.submit([task], $0) }
            #expect(problem.kind == kind && problem.description.contains(words), "\(problem)")
        }
        bench.runner.isIdempotent = false
        let twice = try bench.problem {
            bench.engine.submit([TaskBench.task("x") { $0.attemptsMax = 2 }], $0)
        }
        #expect(twice.description.contains("one attempt"))
        let many = try bench.problem {
            bench.engine.submit((0..<4).map { TaskBench.task("\($0)") }, $0)
        }
        #expect(many.kind == .busy && many.description.contains("kernel.tasks_open_max"))
        #expect(try bench.problem { bench.engine.submit([], $0) }.kind == .invalid)
        #expect(try Answer.wait { bench.store.tasks.counts($0) }.isEmpty)
    }

    // MARK: Reloads

    /// Cancelled, but not by anybody who wanted this task to end.
    @Test(arguments: [true, false])
    func `a task that a reload ended runs again if it may, and is else interrupted`(
        isIdempotent: Bool
    ) throws {
        let bench = try TaskBench()
        bench.runner.isIdempotent = isIdempotent
        let id = try bench.submit(TaskBench.task("one"))[0]
        try bench.runner.call("one").fail(.cancelled, "it stopped because of a reload")
        if isIdempotent { try bench.runner.call("one", count: 2).finish() }
        let record = try bench.end(of: id)
        #expect(record.state == (isIdempotent ? .done : .interrupted))
        #expect(
            try bench.attempts(id) == (isIdempotent ? [.interrupted, .succeeded] : [.interrupted]))
    }
}
