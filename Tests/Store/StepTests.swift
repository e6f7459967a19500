import KernelBase
import KernelStore
import KernelSystem
import KernelTesting
import Testing

@Suite(.blocking) struct StepTests {
    @Test func `an attempt begins with the arguments, and for one kernel only`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        let begun = try scratch.begin(id, by: "kernel-1")
        guard case .taken(let record, let arguments) = begun else {
            Issue.record("\(begun)")
            return
        }
        #expect(arguments == .json("{}") && record.state == .running)
        #expect(record.owner == "kernel-1" && record.attempts == 1 && record.build == "abc")
        #expect(try scratch.begin(id, by: "kernel-2").isRefused)
    }

    @Test func `each attempt is on record, with what ran in it`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        for number in 1...2 {
            #expect(try scratch.begin(id, by: "kernel-\(number)").task?.attempts == number)
            var back = TaskTransition(id, from: [.running], to: .queued, at: .now)
            back.ends = AttemptEnd(number == 1 ? .failed : .interrupted, "it ended")
            if number == 2 { back.ends?.ran = .init(mode: .process, build: "def") }
            #expect(try scratch.step(back).task?.owner == nil)
        }
        let attempts = try Answer.wait { scratch.tasks.attempts(of: id, $0) }
        #expect(attempts.map(\.number) == [1, 2])
        #expect(attempts.map(\.start.owner) == ["kernel-1", "kernel-2"])
        #expect(
            attempts.map(\.end) == [.init(.failed, "it ended"), .init(.interrupted, "it ended")])
        #expect(attempts.map(\.start.build) == ["abc", "def"])
        #expect(attempts.map(\.start.mode) == [.thread, .process])
        #expect(attempts[0].ended != nil)
        let task = try scratch.task(id)
        #expect(task.build == "def" && task.attempts == 2 && task.failures == 1)
    }

    @Test func `whether it may run again is what the build says that runs it`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        #expect(try !scratch.task(id).isIdempotent)
        var begin = TaskTransition(id, from: [.queued], to: .running, at: .now)
        begin.begins = AttemptStart(owner: "us", mode: .thread, isIdempotent: true)
        #expect(try scratch.step(begin).task?.isIdempotent == true)
        #expect(try scratch.task(id).isIdempotent)
    }

    @Test func `an end is kept with its result, and is the only one`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        var end = TaskTransition(id, from: [.queued], to: .done, at: Moment(milliseconds: 5))
        end.outcome = CallOutcome(
            status: .ok, kind: .json, value: Array("[1]".utf8), message: "")
        let done = try #require(try scratch.step(end).task)
        #expect(done == (try scratch.task(id)))
        #expect(done.end?.status == .ok && done.end?.resultBytes == 3)
        #expect(done.end?.isResultCut == false && done.ended == Moment(milliseconds: 5))
        #expect(try Answer.wait { scratch.tasks.result(of: id, $0) } == .json("[1]"))

        let states: Set<TaskState> = [.queued, .running, .waiting]
        for state in [TaskState.failed, .cancelled, .interrupted, .queued] {
            let result = try scratch.step(TaskTransition(id, from: states, to: state, at: .now))
            #expect(result.isRefused && result.task?.state == .done)
        }
    }

    @Test func `of two ends that race one is taken`() async throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                let state: TaskState = number % 2 == 0 ? .cancelled : .failed
                group.addTask {
                    let step = TaskTransition(id, from: [.queued], to: state, at: .now)
                    let results = try await Answer.value {
                        scratch.tasks.transition([step], .durable, $0)
                    }
                    return !results[0].isRefused
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(taken == 1)
    }

    @Test func `a step of another kernel or of an earlier attempt is refused`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        try scratch.begin(id)
        var step = TaskTransition(id, from: [.running], to: .queued, at: .now)
        step.owner = "kernel-2"
        #expect(try scratch.step(step).isRefused)
        var end = TaskTransition(id, from: [.running], to: .failed, at: .now)
        end.attempt = 2
        #expect(try scratch.step(end).isRefused)
        end.attempt = 1
        #expect(try !scratch.step(end).isRefused)
        #expect(
            try scratch.step(TaskTransition(TaskID.make(), from: [], to: .done, at: .now))
                == .unknown)
    }

    @Test func `a result over the limit is cut and says so`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        var end = TaskTransition(id, from: [.queued], to: .done, at: .now)
        let text = "x" + String(repeating: "ä", count: StoreLimits.resultBytesMax)
        end.outcome = CallOutcome(status: .ok, kind: .text, value: Array(text.utf8), message: "")
        #expect(try scratch.step(end).task?.end?.isResultCut == true)
        #expect(try scratch.task(id).end?.resultBytes == text.utf8.count)
        let result = try #require(try Answer.wait { scratch.tasks.result(of: id, $0) })
        #expect(result.bytes.count == StoreLimits.resultBytesMax - 1)
        #expect(String(validating: result.bytes, as: UTF8.self) != nil)
    }

    @Test func `the wish to cancel is kept, and only of what has not ended`() throws {
        let scratch = try ScratchStore()
        // A child has ended, and its own children have not.
        let root = try scratch.submit(.test())[0].id
        let child = try scratch.submit(.test().with { $0.parent = root })[0].id
        let grandchild = try scratch.submit(.test().with { $0.parent = child })[0].id
        try scratch.submit(.test())
        try scratch.run(child)
        func ask(_ id: TaskID, at milliseconds: Int64) throws -> [TaskID] {
            try Answer.wait {
                scratch.tasks.askToCancel(
                    familyOf: id, at: Moment(milliseconds: milliseconds), $0)
            }.map(\.id)
        }
        let family = try Answer.wait { scratch.tasks.openFamily(of: root, $0) }
        #expect(family.map(\.id) == [root, grandchild])
        #expect(try ask(root, at: 5) == [root, grandchild])
        #expect(try ask(child, at: 6) == [grandchild])
        #expect(try ask(.make(), at: 6) == [])
        #expect(try scratch.task(grandchild).cancelAsked == Moment(milliseconds: 5))
        #expect(try scratch.task(child).cancelAsked == nil)
    }

    @Test func `a store that is closed refuses, on another thread than the one that asks`() throws {
        let scratch = try ScratchStore()
        scratch.store.close()
        let here = SystemThread.currentID
        let answer = Condition<(StoreError.Kind, Int32)?>(nil)
        scratch.tasks.submit([.test()]) { result in
            if case .failure(let error) = result {
                answer.withLock { $0 = (error.kind, SystemThread.currentID) }
            }
            answer.signal()
        }
        let found = try #require(answer.wait { $0 })
        #expect(found.0 == .closed && found.1 != here)
        #expect(refusal { _ = try scratch.task(.make()) }?.kind == .closed)
    }
}
