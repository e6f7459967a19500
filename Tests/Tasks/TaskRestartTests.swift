import KernelBase
import KernelHosting
import KernelStore
import KernelTesting
import Testing

@testable import KernelTasks

/// A kernel that ends, and the next one on the same database.
@Suite(.blocking, .timeLimit(.minutes(2)))
struct TaskRestartTests {
    @Test(arguments: [true, false])
    func `what ran when the kernel died runs again if it may, and is else interrupted`(
        isIdempotent: Bool
    ) throws {
        let first = try TaskBench()
        first.runner.isIdempotent = isIdempotent
        let id = try first.submit(TaskBench.task("one"))[0]
        _ = try first.runner.call("one")
        try first.settle()
        first.die()

        let second = try TaskBench(first.folder)
        second.runner.isIdempotent = isIdempotent
        let report = try second.heard.report { if case .recovered = $0 { true } else { false } }
        guard case .recovered(let again, let interrupted) = report else { return }
        #expect(again.map(\.id) == (isIdempotent ? [id] : []))
        #expect(interrupted.map(\.id) == (isIdempotent ? [] : [id]))
        if isIdempotent { try second.runner.call("one").finish() }
        let record = try second.end(of: id)
        #expect(record.state == (isIdempotent ? .done : .interrupted))
        #expect(
            try second.attempts(id)
                == (isIdempotent ? [.interrupted, .succeeded] : [.interrupted]))
        #expect(second.runner.begun.count == (isIdempotent ? 1 : 0))
        if !isIdempotent {
            #expect(record.end?.message.contains("it may not simply run again") == true)
        }
    }

    @Test func `what waited, was queued or was claimed is found where it was`() throws {
        let first = try TaskBench { $0.runningMax = 1 }
        let running = try first.submit(TaskBench.task("running"))[0]
        let queued = try first.submit(TaskBench.task("queued"))[0]
        let later = first.clock.now.adding(milliseconds: 1_000)
        let waiting = try first.submit(TaskBench.task("waiting") { $0.notBefore = later })[0]
        let dependant = try first.submit(
            TaskBench.task("dependant") { $0.dependencies = [queued] })[0]
        try first.runner.call("running").finish()
        _ = try first.runner.call("queued")
        try first.settle()
        first.die()

        let second = try TaskBench(first.folder)
        try second.runner.call("queued").finish()
        #expect(try second.end(of: queued).attempts == 2)
        try second.runner.call("dependant").finish()
        #expect(try second.end(of: dependant).state == .done)
        second.advance(milliseconds: 2_000)
        try second.runner.call("waiting").finish()
        #expect(try second.end(of: waiting).state == .done)
        #expect(try second.state(running) == .done && second.attempts(running) == [.succeeded])
    }

    @Test func `a task that ends the kernel each time is given up`() throws {
        var bench = try TaskBench()
        let id = try bench.submit(TaskBench.task("deadly"), attemptsMax: 2)[0]
        var deaths = 0
        while true {
            _ = try bench.runner.call("deadly")
            try bench.settle()
            bench.die()
            deaths += 1
            bench = try TaskBench(bench.folder)
            let report = try bench.heard.report { if case .recovered = $0 { true } else { false } }
            guard case .recovered(let again, _) = report, !again.isEmpty else { break }
            try #require(deaths < 20)
        }
        #expect(deaths == 1 + TaskLife.interruptionsMax)
        let record = try bench.end(of: id)
        #expect(record.state == .interrupted && record.attempts == deaths)
        #expect(try bench.attempts(id).allSatisfy { $0 == .interrupted })
    }

    @Test func `a wish to cancel survives the kernel`() throws {
        let first = try TaskBench()
        let id = try first.submit(TaskBench.task("stubborn"))[0]
        _ = try first.runner.call("stubborn")
        _ = try first.cancel(id)
        first.die()
        let second = try TaskBench(first.folder)
        #expect(try second.end(of: id).state == .cancelled)
        #expect(second.runner.begun.isEmpty)
    }

    @Test func `at an orderly end what may run again is queued and the rest is interrupted`()
        throws
    {
        let first = try TaskBench()
        let again = try first.submit(TaskBench.task("again"))[0]
        _ = try first.runner.call("again")
        // What counts is what the build says when the attempt begins.
        first.runner.isIdempotent = false
        let once = try first.submit(TaskBench.task("once"))[0]
        let lucky = try first.submit(TaskBench.task("lucky"))[0]
        for label in ["once", "lucky"] { _ = try first.runner.call(label) }
        let stopped = Box(false)
        let thread = try StoppingThread(first) { stopped.value = true }
        try first.runner.asked("again").fail(.cancelled, "asked to end")
        try first.runner.asked("once").fail(.cancelled, "asked to end")
        try first.runner.asked("lucky").finish()
        thread.wait()
        #expect(stopped.value)
        #expect(try first.state(again) == .queued && first.attempts(again) == [.interrupted])
        #expect(try first.state(once) == .interrupted && first.state(lucky) == .done)
        first.die()
        let second = try TaskBench(first.folder)
        try second.runner.call("again").finish()
        #expect(try second.end(of: again).state == .done)
        #expect(second.runner.begun == ["again"])
    }

    @Test func `a command without a kernel keeps tasks, cancels them and runs only its own`() throws
    {
        let nobody = try TaskBench { $0.work = .nothing }
        let kept = try nobody.submit(TaskBench.task("kept"))[0]
        let unwanted = try nobody.submit(TaskBench.task("unwanted"))[0]
        #expect(try nobody.cancel(unwanted) == [unwanted])
        #expect(try nobody.end(of: unwanted).state == .cancelled)
        try nobody.settle()
        #expect(nobody.runner.begun.isEmpty)
        nobody.die()

        let command = try TaskBench(nobody.folder) { $0.work = .submittedHere }
        let own = try command.submit(TaskBench.task("own"))[0]
        try command.runner.call("own").finish()
        #expect(try command.end(of: own).state == .done)
        #expect(command.runner.begun == ["own"])
        let problem = try command.problem { command.engine.wait(for: kept, $0) }
        #expect(problem.description.contains("no kernel runs it here"))
        command.die()

        let kernel = try TaskBench(nobody.folder)
        try kernel.runner.call("kept").finish()
        #expect(try kernel.end(of: kept).state == .done)
    }

    @Test func `a command cancels what a dead kernel left running`() throws {
        let first = try TaskBench()
        let id = try first.submit(TaskBench.task("one"))[0]
        _ = try first.runner.call("one")
        try first.settle()
        first.die()
        let command = try TaskBench(first.folder) { $0.work = .nothing }
        _ = try command.cancel(id)
        #expect(try command.end(of: id).state == .cancelled)
        #expect(try command.attempts(id) == [.interrupted])
    }

    @Test func `a deadline that came while no kernel ran ends what it is for`() throws {
        let first = try TaskBench { $0.runningMax = 1 }
        let deadline = first.clock.now.adding(milliseconds: 5_000)
        let running = try first.submit(TaskBench.task("running") { $0.deadline = deadline })[0]
        let queued = try first.submit(TaskBench.task("queued") { $0.deadline = deadline })[0]
        _ = try first.runner.call("running")
        try first.settle()
        first.die()
        let second = try TaskBench(first.folder, startsAt: deadline.adding(milliseconds: 1))
        for id in [running, queued] {
            let record = try second.end(of: id)
            #expect(record.state == .failed && record.end?.status == .deadline)
        }
        #expect(second.runner.begun.isEmpty)
    }

    @Test func `a command says of what a dead kernel left that it does not run`() throws {
        let first = try TaskBench()
        let id = try first.submit(TaskBench.task("one"))[0]
        _ = try first.runner.call("one")
        first.die()
        let command = try TaskBench(first.folder) { $0.work = .nothing }
        let notes = Box<[TaskID: String]>([:])
        command.engine.notes([try command.record(id)]) { notes.value = $0 }
        try command.settle()
        #expect(notes.value == [id: "it ran in a kernel that has ended"])
    }

    @Test func `a command that waits for its task runs what that one waits for too`() throws {
        let nobody = try TaskBench { $0.work = .nothing }
        let first = try nobody.submit(TaskBench.task("first"))[0]
        let second = try nobody.submit(TaskBench.task("second") { $0.dependencies = [first] })[0]
        try nobody.submit(TaskBench.task("other"))
        nobody.die()
        let command = try TaskBench(nobody.folder) { $0.work = .submittedHere }
        command.runner.endAtOnce()
        let own = try command.submit(TaskBench.task("own") { $0.dependencies = [second] })[0]
        #expect(try command.end(of: own).state == .done)
        #expect(command.runner.begun == ["first", "second", "own"])
    }

    // MARK: What cannot be written

    @Test func `a row that cannot be written keeps no other task from its end`() throws {
        let faults = Faults()
        let bench = try TaskBench(faults: faults)
        let ids = try bench.submit(["one", "two", "bad"].map { TaskBench.task($0) }).map(\.id)
        let calls = try ["one", "two", "bad"].map { try bench.runner.call($0) }
        faults.set(damagedRow: ids[2])
        // In one turn of the engine.
        bench.engine.mailbox.post { core in
            for (id, call) in zip(ids, calls) {
                core.with(id) { core.finished($0, 1, .failure(.invalid, "\(call.label)")) }
            }
        }
        for id in ids.dropLast() { #expect(try bench.end(of: id).state == .failed) }
        #expect(try bench.state(ids[2]) == .running)
        faults.set(damagedRow: nil)
        bench.advance(milliseconds: 1_000)
        #expect(try bench.end(of: ids[2]).state == .failed)
    }

    @Test func `output that is not taken comes later, and holds nobody up`() throws {
        let faults = Faults()
        let bench = try TaskBench(faults: faults)
        let id = try bench.submit(TaskBench.task("one"))[0]
        let call = try bench.runner.call("one")
        faults.set(refusesOutput: true)
        call.listener.callPrinted(.text, Array("first ".utf8))
        try bench.settle()
        let other = try bench.submit(TaskBench.task("other"))[0]
        try bench.runner.call("other").finish()
        #expect(try bench.end(of: other).state == .done)
        faults.set(refusesOutput: false)
        call.listener.callPrinted(.text, Array("second".utf8))
        bench.advance(milliseconds: 1_000)
        try bench.settle()
        call.finish()
        #expect(try bench.end(of: id).state == .done)
        let output = try Answer.wait { bench.store.tasks.output(of: id, from: 0, bytesMax: 99, $0) }
        let text = output.pieces.map { String(decoding: $0.payload.bytes, as: UTF8.self) }.joined()
        #expect(text == "first second")
    }

    // MARK: A full disk

    @Test func `while nothing can be written no work begins, and nothing is lost`() throws {
        let faults = Faults()
        let bench = try TaskBench(faults: faults)
        let id = try bench.submit(TaskBench.task("one"))[0]
        let call = try bench.runner.call("one")
        faults.set(full: true)
        let problem = try bench.problem {
            bench.engine.submit([TaskBench.task("refused")], $0)
        }
        #expect(problem.kind == .failed && problem.description == "the disk is full")
        call.finish("the value")
        _ = try bench.heard.report { $0 == .notWritten("the disk is full") }
        // The next attempt is due a second after the last one, whenever that was.
        try waitFor("another attempt to write") {
            bench.advance(milliseconds: 1_000)
            return faults.count >= 3
        }
        faults.set(full: false)
        try waitFor("the end to be written") {
            bench.advance(milliseconds: 1_000)
            return try bench.state(id) == .done
        }
        _ = try bench.heard.report { $0 == .writtenAgain }
        #expect(try Answer.wait { bench.store.tasks.result(of: id, $0) } == .text("the value"))
        bench.advance(milliseconds: 1_000)
        let next = try bench.submit(TaskBench.task("next"))[0]
        try bench.runner.call("next").finish()
        #expect(try bench.end(of: next).state == .done)
        #expect(bench.runner.begun == ["one", "next"])
    }
}
