import KernelBase
import KernelCalls
import KernelHosting
import KernelStore
import KernelTesting
import Testing

@testable import KernelTasks

/// Modules that are away, turn calls away, or come back as another build.
@Suite(.blocking, .timeLimit(.minutes(2)))
struct TaskModuleTests {
    // MARK: Modules that are not there

    @Test func `a task whose module is not there waits, says so, and fails after a while`() throws {
        let bench = try TaskBench { $0.moduleWaitSeconds = 10 }
        bench.runner.set(.absent("fs is not in service: the build was refused"), for: "fs.read")
        let first = try bench.submit(TaskBench.task("first"))[0]
        try bench.submit(TaskBench.task("other", "apps.open"))
        _ = try bench.runner.call("other")
        bench.advance(milliseconds: 4_000)
        let report = try bench.heard.report { if case .absent = $0 { true } else { false } }
        #expect(
            report
                == .absent(
                    name: "fs.read", count: 1, why: "fs is not in service: the build was refused",
                    seconds: 10))
        let second = try bench.submit(TaskBench.task("second"))[0]
        let notes = Box<[TaskID: String]>([:])
        bench.engine.notes([try bench.record(first), try bench.record(second)]) { notes.value = $0 }
        try bench.settle()
        #expect(notes.value[first]?.contains("the build was refused") == true)
        #expect(notes.value.count == 2)
        bench.advance(milliseconds: 6_000)
        let record = try bench.end(of: first)
        #expect(record.state == .failed && record.end?.status == .notFound)
        #expect(record.end?.message.contains("was not for 10 s") == true)
        #expect(try bench.state(second) == .queued)
        bench.runner.set(nil, for: "fs.read")
        bench.engine.modulesChanged()
        try bench.runner.call("second").finish()
        #expect(try bench.end(of: second).state == .done)
    }

    @Test func `a module that goes while a task waits for its turn costs nothing`() throws {
        let bench = try TaskBench { $0.runningMax = 1 }
        try bench.submit(TaskBench.task("first"))
        let id = try bench.submit(TaskBench.task("second", "apps.open"))[0]
        let call = try bench.runner.call("first")
        bench.runner.set(.absent("apps is gone"), for: "apps.open")
        call.finish()
        try bench.settle()
        #expect(try bench.state(id) == .queued)
        bench.runner.set(nil, for: "apps.open")
        bench.advance(milliseconds: 1_000)
        try bench.runner.call("second").finish()
        #expect(try bench.end(of: id).state == .done)
    }

    // MARK: Modules that may say something else later

    @Test func `what may run again is what the module says when it begins`() throws {
        let bench = try TaskBench()
        bench.runner.set(.absent("it is being built"), for: "fs.read")
        let id = try bench.submit(TaskBench.task("one") { $0.attemptsMax = 2 })[0]
        let other = try bench.submit(TaskBench.task("other"))[0]
        #expect(try !bench.record(id).isIdempotent)
        bench.runner.set(nil, for: "fs.read")
        bench.engine.modulesChanged()
        for (id, label, max) in [(id, "one", 2), (other, "other", 3)] {
            for count in 1...max {
                try bench.runner.call(label, count: count).fail()
                if count < max { try bench.waitForFailures(count, of: id) }
                bench.advance(milliseconds: 10_000)
            }
            let record = try bench.end(of: id)
            #expect(record.state == .failed && record.isIdempotent && record.failures == max)
        }
        bench.runner.isIdempotent = false
        #expect(try bench.retry(id).attemptsMax == nil)
    }

    @Test func `a task that is turned away before it began runs later, and has not failed`() throws
    {
        let bench = try TaskBench()
        bench.runner.isIdempotent = false
        let id = try bench.submit(TaskBench.task("one"))[0]
        try bench.runner.call("one").turnAway()
        try bench.wait(for: id, toBe: .waiting)
        bench.advance(milliseconds: 2_000)
        let call = try bench.runner.call("one", count: 2)
        call.listener.callSettled(AttemptEnd.Ran(mode: .process, build: "cd34"))
        call.finish()
        let record = try bench.end(of: id)
        #expect(record.state == .done && record.failures == 0 && record.build == "cd34")
        let attempts = try Answer.wait { bench.store.tasks.attempts(of: id, $0) }
        #expect(attempts.map { $0.end?.how } == [.released, .succeeded])
        #expect(attempts.map(\.start.build) == ["ab12", "cd34"])
        #expect(attempts.map(\.start.mode) == [.thread, .process])
    }

    @Test func `without a limit a task waits for its module for as long as it takes`() throws {
        let bench = try TaskBench { $0.moduleWaitSeconds = nil }
        bench.runner.set(.unknown("there is no module \"fs\""), for: "fs.read")
        bench.runner.set(nil, for: "fs.read")
        bench.runner.set(.absent("safe mode"), for: "fs.read")
        let id = try bench.submit(TaskBench.task("one"))[0]
        for _ in 0..<10 {
            bench.advance(milliseconds: 3_600_000)
            try bench.settle()
        }
        #expect(try bench.state(id) == .queued)
        let report = try bench.heard.report { if case .absent = $0 { true } else { false } }
        #expect(report == .absent(name: "fs.read", count: 1, why: "safe mode", seconds: nil))
        bench.runner.set(nil, for: "fs.read")
        bench.advance(milliseconds: 1_000)
        try bench.runner.call("one").finish()
        #expect(try bench.end(of: id).state == .done)
    }
}
