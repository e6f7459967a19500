import KernelLoader
import KernelSystem
import Synchronization

/// Reports a task that keeps the main loop busy for too long, by name, while it still does.
final class MainLoopWatch: Sendable {
    private let alarms: Alarms
    private let slowMilliseconds: UInt64
    private let report: @Sendable (LoaderEvent) -> Void
    private let alarm = Mutex<Alarms.Token?>(nil)

    init(
        alarms: Alarms, slowMilliseconds: UInt64,
        report: @escaping @Sendable (LoaderEvent) -> Void
    ) {
        self.alarms = alarms
        self.slowMilliseconds = slowMilliseconds
        self.report = report
    }

    /// A task begins, on the main thread.
    func begin(_ address: String) {
        let milliseconds = slowMilliseconds
        let report = report
        let token = alarms.run(afterSeconds: Double(milliseconds) / 1_000) {
            report(
                .warning(
                    "\(address) has kept the main loop busy for more than \(milliseconds) ms; "
                        + "give it the mode thread if it has to wait"))
        }
        alarm.withLock { $0 = token }
    }

    func end() {
        let token = alarm.withLock { alarm in
            defer { alarm = nil }
            return alarm
        }
        if let token { alarms.cancel(token) }
    }
}
