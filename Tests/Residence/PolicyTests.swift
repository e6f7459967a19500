import KernelBase
import KernelHosting
import KernelStore
import KernelSystem
import KernelWorkers
import Testing

@testable import KernelResidence

private let second: UInt64 = 1_000_000_000

@Suite struct FailureHistoryTests {
    private let policy = RestartPolicy()

    @Test func `the first failure costs no wait, and each further one doubles it`() {
        var history = FailureHistory()
        let steps = (0..<5).map { history.fail(nowNanoseconds: $0 * second, policy) }
        #expect(
            steps == [
                .retry(afterSeconds: 0), .retry(afterSeconds: 1), .retry(afterSeconds: 2),
                .retry(afterSeconds: 4), .quarantine,
            ])
    }

    @Test func `failures before the window count no more`() {
        var history = FailureHistory()
        for number in 0..<50 {
            let step = history.fail(nowNanoseconds: UInt64(number) * 301 * second, policy)
            #expect(step == .retry(afterSeconds: 0))
        }
    }

    @Test func `after a quarantine one failure leads to the next, until a window has passed`() {
        var history = FailureHistory()
        history.quarantined(untilNanoseconds: 100 * second)
        #expect(history.fail(nowNanoseconds: 101 * second, policy) == .quarantine)
        history.quarantined(untilNanoseconds: 200 * second)
        #expect(
            history.fail(nowNanoseconds: 501 * second, policy) == .retry(afterSeconds: 0))
    }

    @Test func `waits and quarantines grow to their bounds and no further`() {
        var many = RestartPolicy()
        many.failuresMax = 1_000
        var history = FailureHistory()
        let steps = (0..<100).map { _ in history.fail(nowNanoseconds: 0, many) }
        #expect(steps.last == .retry(afterSeconds: 60))
        #expect((1...4).map { policy.quarantineSeconds($0) } == [300, 600, 1_200, 2_400])
        #expect(policy.quarantineSeconds(1_000_000) == 86_400)
    }
}

@Suite struct QuarantineListTests {
    private let policy = RestartPolicy()
    private let start = Moment(milliseconds: 1_000_000)

    private func after(_ seconds: Int64) -> Moment { start.adding(milliseconds: seconds * 1_000) }

    @Test func `a quarantine ends by itself, and the next one lasts twice as long`() {
        var list = QuarantineList()
        _ = list.add(
            BuildFailure(module: "fs", build: "b", .call, reason: "it"), at: start, policy)
        #expect(list.inForce("b", tasks: false, at: after(299))?.module == "fs")
        #expect(list.inForce("b", tasks: false, at: after(300)) == nil)
        #expect(list.inForce("other", tasks: false, at: start) == nil)
        let again = list.add(
            BuildFailure(module: "fs", build: "b", .call, reason: "it"), at: after(400), policy)
        #expect(again.count == 2 && again.until == after(1_000))
    }

    @Test func `classes count apart, and that of tasks keeps only tasks out`() {
        var list = QuarantineList()
        _ = list.add(
            BuildFailure(module: "fs", build: "b", .task, reason: "it"), at: start, policy)
        #expect(list.inForce("b", tasks: false, at: start) == nil)
        #expect(list.inForce("b", tasks: true, at: start) != nil)
        let hang = list.add(
            BuildFailure(module: "fs", build: "b", .hang, reason: "it"), at: start, policy)
        #expect(hang.count == 1)
        #expect(list.all(at: start).count == 2)
    }

    @Test func `lifting ends what is in force and forgets what is over`() {
        var list = QuarantineList()
        _ = list.add(
            BuildFailure(module: "fs", build: "a", .call, reason: "it"), at: start, policy)
        _ = list.add(
            BuildFailure(module: "fs", build: "b", .call, reason: "it"), at: after(400), policy)
        _ = list.add(
            BuildFailure(module: "gs", build: "c", .call, reason: "it"), at: after(400), policy)
        #expect(list.lift(module: "fs", at: after(401)).map(\.build) == ["b"])
        #expect(list.inForce("c", tasks: false, at: after(401)) != nil)
        #expect(list.lift(module: "fs", at: after(401)).isEmpty)
        let fresh = list.add(
            BuildFailure(module: "fs", build: "a", .call, reason: "it"), at: start, policy)
        #expect(fresh.count == 1)
    }

    @Test func `what was recorded as lifted is not in force`() {
        let row = QuarantineRecord(
            build: "b", failureClass: "call", module: "fs", count: 1, since: start, until: nil,
            reason: "it")
        var lifted = row
        lifted.lifted = .init(by: "me", at: start)
        #expect(QuarantineList([row]).inForce("b", tasks: false, at: after(1_000_000)) != nil)
        #expect(QuarantineList([lifted]).inForce("b", tasks: false, at: start) == nil)
    }
}

@Suite struct CheckpointPaceTests {
    @Test func `calls that end soon after each other share one save`() {
        var pace = CheckpointPace()
        let due = pace.changed(nowNanoseconds: 5 * second)
        #expect(due == 5 * second + CheckpointPace.quietNanoseconds)
        #expect(pace.changed(nowNanoseconds: 5 * second + 1) == nil)
    }

    @Test func `a change during a save is saved later, and never twice within a second`() {
        var pace = CheckpointPace()
        _ = pace.changed(nowNanoseconds: 0)
        pace.begin(nowNanoseconds: second)
        #expect(pace.changed(nowNanoseconds: second + 1) == nil)
        #expect(pace.end(nowNanoseconds: second + 1_000) == 2 * second)
        pace.begin(nowNanoseconds: 2 * second)
        #expect(pace.end(nowNanoseconds: 2 * second + 1_000) == nil)
        #expect(pace.changed(nowNanoseconds: 2 * second + 2_000) == 3 * second)
    }

    @Test func `a save that takes long is made seldom`() {
        var pace = CheckpointPace()
        _ = pace.changed(nowNanoseconds: 0)
        pace.begin(nowNanoseconds: 0)
        #expect(pace.end(nowNanoseconds: 2 * second) == nil)
        #expect(pace.changed(nowNanoseconds: 3 * second) == 22 * second)
    }
}

@Suite struct FailureClassTests {
    @Test func `a failure is counted by what the build did`() {
        let crash = WorkerFailure.died(.killed(signal: 11))
        #expect(FailureClass(crash, whileCallsRan: true) == .call)
        #expect(FailureClass(crash, whileCallsRan: false) == .idle)
        #expect(FailureClass(.overran(Overrun(.machine, "")), whileCallsRan: true) == .usage)
        #expect(FailureClass(.overran(Overrun(.output, "")), whileCallsRan: true) == .flood)
        #expect(FailureClass(.overran(Overrun(.time, "")), whileCallsRan: true) == .hang)
        #expect(
            FailureClass(.overran(Overrun(.descriptors, "")), whileCallsRan: true) == .descriptors)
        #expect(FailureClass(ModuleFailure(.start, .deadline, "")) == .hang)
        #expect(FailureClass(ModuleFailure(.start, .failed, "")) == .start)
        #expect(FailureClass(ModuleFailure(.configure, .failed, "")) == .prepare)
        #expect(FailureClass(ModuleFailure(.open, .failed, "")) == .load)
    }
}
