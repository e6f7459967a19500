import KernelStore
import KernelTesting
import Testing

@testable import KernelTasks

/// Whose a running task is, and for how long.
@Suite(.blocking, .timeLimit(.minutes(2)))
struct TaskLeaseTests {
    private static let lease = EngineCore.leaseMilliseconds

    @Test
    func `what runs is claimed for a while, and the end is put off as long as the kernel lives`()
        throws
    {
        let bench = try TaskBench()
        let id = try bench.submit(TaskBench.task("one"))[0]
        let call = try bench.runner.call("one")
        #expect(try bench.record(id).lease == bench.clock.now.adding(milliseconds: Self.lease))
        bench.advance(milliseconds: 20_000)
        let end = bench.clock.now.adding(milliseconds: Self.lease)
        try waitFor("the lease to be renewed") { try bench.record(id).lease == end }
        call.finish()
        #expect(try bench.end(of: id).state == .done)
        #expect(try bench.record(id).lease == nil)
    }

    @Test func `where several kernels work, a task is taken over when its lease has run out`()
        throws
    {
        let first = try TaskBench(faults: Faults(isShared: true))
        let id = try first.submit(TaskBench.task("one"))[0]
        _ = try first.runner.call("one")
        let owner = try first.record(id).owner
        first.die()

        let second = try TaskBench(
            first.folder, faults: Faults(isShared: true), startsAt: first.clock.now)
        second.advance(milliseconds: Self.lease - 1)
        try second.settle()
        #expect(try second.record(id).owner == owner && second.runner.begun.isEmpty)
        // Its kernel is alive after all.
        let later = second.clock.now.adding(milliseconds: 1_000)
        try Answer.wait { second.store.tasks.renewLeases(of: owner ?? "", until: later, $0) }
        second.advance(milliseconds: 500)
        try second.settle()
        #expect(try second.record(id).owner == owner && second.heard.reports.isEmpty)
        try waitFor("it to be taken over") {
            second.advance(milliseconds: 500)
            return second.runner.begun == ["one"]
        }
        #expect(second.heard.reports.contains { if case .recovered = $0 { true } else { false } })
        try second.runner.call("one").finish()
        #expect(try second.end(of: id).state == .done)
        #expect(try second.attempts(id) == [.interrupted, .succeeded])
    }
}
