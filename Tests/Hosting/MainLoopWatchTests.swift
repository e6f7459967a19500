import KernelSystem
import Synchronization
import Testing

@testable import KernelHosting

@Suite(.timeLimit(.minutes(1)))
struct MainLoopWatchTests {
    @Test func `a slow job is reported once by its label while it runs, quick ones never`() throws {
        let loop = try MainLoop()
        let alarms = try Alarms()
        defer { alarms.close() }
        let reports = Condition<[String]>([])
        let watch = MainLoopWatch(
            loop, alarms: alarms, limits: .init(slowMilliseconds: 200, hangSeconds: 0),
            endHanging: { Issue.record("it must not end") }
        ) { label, milliseconds in
            reports.withLock { $0.append("\(label) \(milliseconds)") }
            reports.broadcast()
        }
        watch.begin()
        for number in 0..<100 { loop.run(label: "quick \(number)") {} }
        for count in 1...2 {
            // It goes on until it was reported.
            loop.run(label: "slow \(count)") {
                _ = reports.wait { $0.count == count ? true : nil }
            }
        }
        loop.stop()
        try loop.runJobsUntilStopped()
        #expect(reports.withLock { $0 } == ["slow 1 200", "slow 2 200"])
    }

    @Test func `a job that never comes back is the end, one that takes long is not`() throws {
        let loop = try MainLoop()
        let alarms = try Alarms()
        defer { alarms.close() }
        let ends = Condition<[String]>([])
        let watch = MainLoopWatch(
            loop, alarms: alarms, limits: .init(slowMilliseconds: 20, hangSeconds: 1),
            endHanging: {
                ends.withLock { $0.append(loop.running?.label ?? "nothing") }
                ends.broadcast()
            }, report: { _, _ in })
        watch.begin()
        for number in 1...3 {
            loop.run(label: "long \(number)") {
                // Nobody ends this wait: it takes as long as it says.
                let due = SystemClock.monotonicNanoseconds + 400_000_000
                _ = Condition(0).wait(untilNanoseconds: due) { _ in nil as Bool? }
            }
        }
        loop.run(label: "endless") { _ = ends.wait { $0.isEmpty ? nil : true } }
        loop.stop()
        try loop.runJobsUntilStopped()
        #expect(ends.withLock { $0 } == ["endless"])
    }
}
