import KernelBase
import KernelCalls
import KernelHosting
import KernelStore
import KernelTesting
import Synchronization
import Testing

@testable import KernelTasks

/// Anything in any order: tasks, failures, cancellations, a full disk, kernels that die. In the end
/// every task has its one end, and no call was made without a record of its attempt.
@Suite(.blocking, .timeLimit(.minutes(3)))
struct TaskRandomTests {
    private struct Known {
        let id: TaskID
        let label: String
        let isIdempotent: Bool
    }

    private static func endSomehow(_ call: ScriptedRunner.Call) {
        switch Int.random(in: 0..<9) {
        case 0: call.fail()
        case 1: call.fail(.invalid, "no")
        case 2: call.fail(.cancelled, "a reload")
        case 3:
            call.listener.callProgressed(fraction: 0.5, note: "half")
            call.listener.callPrinted(.text, Array("piece".utf8))
            call.finish()
        case 5: call.turnAway()
        case 4: break  // It goes on for ever, or until its kernel dies.
        default: call.finish()
        }
    }

    @Test(arguments: 0..<4)
    func `every task has one end, and every call an attempt`(round: Int) throws {
        let runner = ScriptedRunner()
        let faults = Faults()
        runner.endAtOnce { Self.endSomehow($0) }
        runner.set(
            .ready(mode: .thread, build: "ab12", isIdempotent: false), for: "fs.once")
        var bench = try TaskBench(runner: runner, faults: faults)
        let folder = bench.folder
        var known: [Known] = []
        var ends: [TaskID: Int] = [:]
        func noteEnds() {
            for event in bench.heard.events {
                guard case .changed(let record) = event.kind, record.state.isEnd else { continue }
                ends[record.id, default: 0] += 1
            }
        }
        for step in 0..<150 {
            switch Int.random(in: 0..<12) {
            case 0..<5:
                let isIdempotent = Bool.random()
                let earlier = known.randomElement().map { [$0.id] } ?? []
                let label = "\(round).\(step)"
                let task = TaskBench.task(
                    label, isIdempotent ? "fs.read" : "fs.once", by: "user\(step % 3)"
                ) { task in
                    task.priority = Int.random(in: -2...2)
                    if Int.random(in: 0..<4) == 0 { task.dependencies = earlier }
                }
                guard let record = try? bench.submit([task])[0] else { continue }
                known.append(
                    Known(id: record.id, label: label, isIdempotent: isIdempotent))
            case 5, 6: if let one = known.randomElement() { _ = try? bench.cancel(one.id) }
            case 7: faults.set(full: .random())
            case 8 where Int.random(in: 0..<3) == 0:
                bench.die()
                noteEnds()
                bench = try TaskBench(folder, runner: runner, faults: faults)
            default: bench.advance(milliseconds: Int64.random(in: 0..<4_000))
            }
        }
        faults.set(full: false)
        bench.die()
        noteEnds()
        // From now on everything goes well.
        runner.endAtOnce()
        bench = try TaskBench(folder, runner: runner)
        try waitFor("all tasks to end") {
            bench.advance(milliseconds: 60_000)
            return try known.allSatisfy { try bench.state($0.id).isEnd }
        }
        try bench.settle()
        noteEnds()
        let begun = Dictionary(runner.begun.map { ($0, 1) }, uniquingKeysWith: +)
        for one in known {
            let attempts = try bench.attempts(one.id)
            let calls = begun[one.label] ?? 0
            #expect(calls <= attempts.count, "each call has an attempt on record")
            let released = attempts.count { $0 == .released }
            #expect(
                one.isIdempotent || calls <= 1 + released, "what may not run again ran once")
            #expect(attempts.allSatisfy { $0 != nil }, "no attempt is left open")
            // A kernel that died may have committed an end that it could not tell of.
            #expect(ends[one.id] ?? 0 <= 1, "one end")
        }
    }
}
