package import KernelSystem
import Synchronization

/// Reports a job that keeps the main loop busy for too long, by name, while it still does: a task
/// of mode main, or what a module runs there on its own. One that does not come back at all is the
/// end of the process: nothing else can take the main thread away from it.
///
/// One alarm looks at whatever runs; to set and call off one for each job would cost more than
/// most jobs.
package final class MainLoopWatch: Sendable {
    private let mainLoop: MainLoop
    private let alarms: Alarms
    private let limits: Limits
    private let endHanging: @Sendable () -> Void
    private let report: Report
    private let isArmed = Atomic(false)
    private let state = Mutex(State())

    /// Told the label of a slow job, and after how many milliseconds it is one.
    package typealias Report = @Sendable (_ label: String, _ milliseconds: UInt64) -> Void

    package struct Limits: Sendable, Hashable {
        package var slowMilliseconds: UInt64
        /// 0: it may hold the loop for ever.
        package var hangSeconds: UInt64

        package init(slowMilliseconds: UInt64, hangSeconds: UInt64 = 0) {
            self.slowMilliseconds = slowMilliseconds
            self.hangSeconds = hangSeconds
        }

        fileprivate var slowNanoseconds: UInt64 { slowMilliseconds * 1_000_000 }
    }

    private struct State {
        var reported: MainLoop.Running?
        /// What was running at the last look, and for how long it was seen to.
        var watched: MainLoop.Running?
        var lastLookNanoseconds: UInt64 = 0
        var heldNanoseconds: UInt64 = 0
    }

    /// `report` hears once of each slow job.
    package init(
        _ mainLoop: MainLoop, alarms: Alarms, limits: Limits,
        endHanging: @escaping @Sendable () -> Void = {},
        report: @escaping Report
    ) {
        self.mainLoop = mainLoop
        self.alarms = alarms
        self.limits = limits
        self.endHanging = endHanging
        self.report = report
    }

    /// Watches every job from now on.
    package func begin() {
        mainLoop.watch { [weak self] in self?.arm() }
    }

    private func arm() {
        guard !isArmed.exchange(true, ordering: .sequentiallyConsistent) else { return }
        look(againAt: SystemClock.monotonicNanoseconds + limits.slowNanoseconds)
    }

    private func look(againAt due: UInt64) {
        alarms.run(atNanoseconds: due) { [weak self] in self?.look() }
    }

    private func look() {
        guard let running = mainLoop.running else {
            isArmed.store(false, ordering: .sequentiallyConsistent)
            // A job may have begun before the line above, and counted on this look.
            if mainLoop.running != nil { arm() }
            return
        }
        let now = SystemClock.monotonicNanoseconds
        let due = running.sinceNanoseconds + limits.slowNanoseconds
        guard now >= due else { return look(againAt: due) }
        tell(running)
        if isHanging(running, now) { return endHanging() }
        look(againAt: now + limits.slowNanoseconds)
    }

    /// Only time that this thread ran too counts: the whole process may have been stopped, by a
    /// person or by a debugger.
    private func isHanging(_ running: MainLoop.Running, _ now: UInt64) -> Bool {
        let held = state.withLock { state in
            let passed =
                state.watched == running
                ? min(now - state.lastLookNanoseconds, 2 * limits.slowNanoseconds) : 0
            state.heldNanoseconds = state.watched == running ? state.heldNanoseconds + passed : 0
            state.watched = running
            state.lastLookNanoseconds = now
            return state.heldNanoseconds
        }
        return limits.hangSeconds > 0 && held >= limits.hangSeconds * 1_000_000_000
    }

    private func tell(_ running: MainLoop.Running) {
        let isNew = state.withLock { state in
            defer { state.reported = running }
            return state.reported != running
        }
        if isNew { report(running.label, limits.slowMilliseconds) }
    }
}
