import KernelBase
import KernelStore
import KernelSystem
import KernelTesting
import Testing

@Suite(.blocking) struct StepTests {
    @Test func `tasks are claimed by priority and then by age`() throws {
        let scratch = try ScratchStore()
        let priorities = [0, 5, 0, -1, 5]
        let tasks = priorities.map { priority in NewTask.test().with { $0.priority = priority } }
        for task in tasks { try scratch.submit(task) }
        let claimed = try scratch.claim()
        #expect(claimed.map(\.record.id) == [1, 4, 0, 2, 3].map { tasks[$0].id })
        #expect(claimed.allSatisfy { $0.arguments == .json("{}") })
        #expect(claimed.allSatisfy { $0.record.state == .claimed })
        #expect(try scratch.task(tasks[0].id).lease?.owner == "kernel-1")
        #expect(try scratch.claim(by: "kernel-2").isEmpty)
    }

    @Test func `a claim leaves modules out and knows its limit`() throws {
        let scratch = try ScratchStore()
        let names = ["a.x", "b.x", "a.y", "c.x", "b.y"]
        let tasks = names.map { NewTask.test($0) }
        for task in tasks { try scratch.submit(task) }
        let first = try scratch.claim(.next(2, exceptModules: ["a", "c"]))
        #expect(first.map(\.record.name) == ["b.x", "b.y"])
        let second = try scratch.claim(.next(1, exceptModules: []))
        #expect(second.map(\.record.name) == ["a.x"])
        let third = try scratch.claim(.these([tasks[4].id, tasks[3].id]))
        #expect(third.map(\.record.name) == ["c.x"])
    }

    @Test func `each attempt is on record`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        for number in 1...2 {
            _ = try scratch.claim()
            var begin = TaskTransition(id, from: [.claimed], to: .running, at: .now)
            begin.begins = AttemptStart(
                owner: "kernel-\(number)", worker: 77, mode: .process, build: "abc")
            #expect(try scratch.step(begin).task?.attempts == number)
            var back = TaskTransition(id, from: [.running], to: .queued, at: .now)
            back.ends = AttemptEnd(.crashed, "it crashed")
            #expect(try scratch.step(back).task?.lease == nil)
        }
        let attempts = try Answer.wait { scratch.tasks.attempts(of: id, $0) }
        #expect(attempts.map(\.number) == [1, 2])
        #expect(attempts.map(\.start.owner) == ["kernel-1", "kernel-2"])
        #expect(attempts.allSatisfy { $0.end == AttemptEnd(.crashed, "it crashed") })
        #expect(attempts[0].start.worker == 77 && attempts[0].start.mode == .process)
        #expect(try scratch.task(id).build == "abc")
        #expect(attempts[0].ended != nil)
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

        let states: Set<TaskState> = [.queued, .claimed, .running, .waiting]
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
        _ = try scratch.claim(by: "kernel-1")
        var step = TaskTransition(id, from: [.claimed], to: .running, at: .now)
        step.owner = "kernel-2"
        #expect(try scratch.step(step).isRefused)
        step.owner = "kernel-1"
        step.begins = AttemptStart(owner: "kernel-1", mode: .thread)
        #expect(try !scratch.step(step).isRefused)
        var end = TaskTransition(id, from: [.running], to: .failed, at: .now)
        end.attempt = 2
        #expect(try scratch.step(end).isRefused)
        end.attempt = 1
        #expect(try !scratch.step(end).isRefused)
        #expect(
            try scratch.step(TaskTransition(TaskID.make(), from: [], to: .done, at: .now))
                == .unknown)
    }

    @Test func `a lease is renewed by its owner only`() throws {
        let scratch = try ScratchStore()
        let id = try scratch.submit(.test())[0].id
        _ = try scratch.claim(by: "kernel-1")
        let until = Moment(milliseconds: 9_999_999_999_999)
        for (owner, expected) in [("kernel-2", []), ("kernel-1", [id])] {
            let lease = TaskLease(owner: owner, until: until)
            #expect(try Answer.wait { scratch.tasks.renew([id], lease, $0) } == expected)
        }
        #expect(try scratch.task(id).lease?.until == until)
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
        let ids = try scratch.submit(.test(), .test()).map(\.id)
        try scratch.run(ids[0])
        func ask(at milliseconds: Int64) throws -> [TaskID] {
            try Answer.wait {
                scratch.tasks.askToCancel(
                    ids + [.make()], at: Moment(milliseconds: milliseconds), $0)
            }
        }
        #expect(try ask(at: 5) == [ids[1]])
        #expect(try ask(at: 6) == [ids[1]])
        #expect(try scratch.task(ids[1]).cancelAsked == Moment(milliseconds: 5))
        #expect(try scratch.task(ids[0]).cancelAsked == nil)
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
