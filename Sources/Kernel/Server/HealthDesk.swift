import KernelBase
import KernelCalls
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelWire

/// Makes the report on the health of the kernel and its modules.
struct HealthDesk: Sendable {
    private let loader: ModuleLoader
    private let dispatcher: Dispatcher
    private let watch: HealthWatch
    private let pool: ThreadPool
    private let startedNanoseconds: UInt64

    /// Of so many calls and more the share that failed says something.
    private static let callsMin = 5
    private static let mainLoopPatience = 1.0

    init(_ loader: ModuleLoader, _ dispatcher: Dispatcher, _ watch: HealthWatch, _ pool: ThreadPool)
    {
        self.loader = loader
        self.dispatcher = dispatcher
        self.watch = watch
        self.pool = pool
        startedNanoseconds = SystemClock.monotonicNanoseconds
    }

    /// Asks the modules, or the one that is named, and then the main loop. Holds no thread while
    /// modules are being asked.
    func report(on id: String?, _ done: @escaping @Sendable (HealthReport) -> Void) {
        let slots = loader.slots.filter { id == nil || $0.id == id }
        watch.check(slots) {
            self.pool.run {
                done(HealthReport(kernel: self.kernel(), modules: slots.map { self.module($0) }))
            }
        }
    }

    private func kernel() -> HealthReport.Kernel {
        let elapsed = SystemClock.monotonicNanoseconds - startedNanoseconds
        var kernel = HealthReport.Kernel(
            process: ProcessFacts.id, uptimeSeconds: Double(elapsed / 1_000_000) / 1_000)
        if let usage = ProcessUsage() {
            kernel.residentBytes = usage.residentBytes
            kernel.threads = usage.threads
            kernel.descriptors = usage.descriptors
        }
        kernel.callsRunning = dispatcher.board.calls.count
        kernel.callsWaiting = pool.counts.waiting
        kernel.mainLoopMilliseconds = mainLoopDelay().map(Self.milliseconds)
        return kernel
    }

    private func mainLoopDelay() -> UInt64? {
        let asked = SystemClock.monotonicNanoseconds
        let answered = Condition<UInt64?>(nil)
        dispatcher.mainLoop.run(label: "health") {
            answered.withLock { $0 = SystemClock.monotonicNanoseconds }
            answered.signal()
        }
        let deadline = asked + UInt64(Self.mainLoopPatience * 1e9)
        return answered.wait(untilNanoseconds: deadline) { $0 }.map { $0 - asked }
    }

    private func module(_ slot: ModuleSlot) -> HealthReport.Module {
        let recent = slot.statistics.recent
        let (verdict, problem) = judge(slot, recent)
        var module = HealthReport.Module(id: slot.id, verdict: verdict)
        module.problem = problem
        module.running = slot.current?.callsInFlight ?? 0
        module.calls = recent.calls
        module.faults = recent.faults
        let quantile = recent.latencies.quantileNanoseconds
        module.medianMilliseconds = quantile(0.5).map(Self.milliseconds)
        module.slowestMilliseconds = quantile(0.99).map(Self.milliseconds)
        return module
    }

    private func judge(
        _ slot: ModuleSlot, _ recent: CallStatistics.Recent
    ) -> (HealthReport.Verdict, String?) {
        guard let generation = slot.current else {
            return (.out, slot.problem ?? "it is being loaded")
        }
        if let trouble = generation.trouble { return (.out, trouble) }
        if let problem = watch.finding(slot)?.problem { return (.unwell, problem) }
        if recent.calls >= Self.callsMin, recent.faults * 2 > recent.calls {
            return (.failing, "\(recent.faults) of its last \(recent.calls) calls failed")
        }
        return (slot.statistics.counts.calls == 0 ? .unused : .well, nil)
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> Double {
        Double(nanoseconds / 1_000) / 1_000
    }
}
