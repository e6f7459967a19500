import KernelBuilds
import KernelLoader
import KernelSystem
import Synchronization

/// Reports a job that keeps the main loop busy for too long, by name, while it still does: a task
/// of mode main, or what a module runs there on its own.
///
/// One alarm looks at whatever runs; to set and call off one for each job would cost more than
/// most jobs.
final class MainLoopWatch: Sendable {
    private let mainLoop: MainLoop
    private let alarms: Alarms
    private let slowMilliseconds: UInt64
    private let report: @Sendable (LoaderEvent) -> Void
    private let isArmed = Atomic(false)
    private let reported = Mutex<MainLoop.Running?>(nil)

    init(
        _ mainLoop: MainLoop, alarms: Alarms, slowMilliseconds: UInt64,
        report: @escaping @Sendable (LoaderEvent) -> Void
    ) {
        self.mainLoop = mainLoop
        self.alarms = alarms
        self.slowMilliseconds = slowMilliseconds
        self.report = report
    }

    /// Watches every job from now on.
    func begin() {
        mainLoop.watch { [weak self] in self?.arm() }
    }

    private func arm() {
        guard !isArmed.exchange(true, ordering: .sequentiallyConsistent) else { return }
        look(againAt: SystemClock.monotonicNanoseconds + slowNanoseconds)
    }

    private var slowNanoseconds: UInt64 { slowMilliseconds * 1_000_000 }

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
        let due = running.sinceNanoseconds + slowNanoseconds
        guard now >= due else { return look(againAt: due) }
        tell(running)
        look(againAt: now + slowNanoseconds)
    }

    private func tell(_ running: MainLoop.Running) {
        let isNew = reported.withLock { reported in
            defer { reported = running }
            return reported != running
        }
        guard isNew else { return }
        report(
            .warning(
                "\(running.label) has kept the main loop busy for more than "
                    + "\(slowMilliseconds) ms; give it the mode thread if it has to wait"))
    }
}
