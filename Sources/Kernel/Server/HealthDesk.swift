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
    private let alarms: Alarms
    private let pools: KernelServer.Pools
    private let startedNanoseconds: UInt64

    private static let mainLoopPatience = 1.0

    init(
        _ loader: ModuleLoader, _ dispatcher: Dispatcher, _ watch: HealthWatch, _ alarms: Alarms,
        _ pools: KernelServer.Pools
    ) {
        self.loader = loader
        self.dispatcher = dispatcher
        self.watch = watch
        self.alarms = alarms
        self.pools = pools
        startedNanoseconds = SystemClock.monotonicNanoseconds
    }

    /// Asks the modules, or the one that is named, and then the main loop. Holds no thread while
    /// they are being asked.
    func report(on id: String?, _ done: @escaping @Sendable (HealthReport) -> Void) {
        let slots = loader.slots.filter { id == nil || $0.id == id }
        watch.check(slots) {
            self.askMainLoop { delay in
                self.pools.lifecycle.run {
                    var kernel = self.kernel()
                    kernel.mainLoopMilliseconds = delay.map(Self.milliseconds)
                    done(HealthReport(kernel: kernel, modules: slots.map { self.module($0) }))
                }
            }
        }
    }

    /// How long the main loop took to come to a job; nil if it did not in time.
    private func askMainLoop(_ done: @escaping @Sendable (UInt64?) -> Void) {
        let asked = SystemClock.monotonicNanoseconds
        let answer = Once(done)
        dispatcher.mainLoop.run(label: "health") {
            answer.say(SystemClock.monotonicNanoseconds - asked)
        }
        alarms.run(afterSeconds: Self.mainLoopPatience) { answer.say(nil) }
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
        kernel.callsWaiting = pools.calls.counts.waiting
        return kernel
    }

    private func module(_ slot: ModuleSlot) -> HealthReport.Module {
        let recent = slot.statistics.recent
        let (verdict, problem) = HealthJudge(loader, watch).judge(slot, recent)
        var module = HealthReport.Module(id: slot.id, verdict: verdict)
        module.problem = problem
        module.running = slot.current?.callsInFlight ?? 0
        module.queue = slot.callsHeld
        module.restarts = slot.statistics.workersEnded
        module.calls = recent.calls
        module.faults = recent.faults
        let quantile = recent.latencies.quantileNanoseconds
        module.medianMilliseconds = quantile(0.5).map(Self.milliseconds)
        module.almostAllMilliseconds = quantile(0.99).map(Self.milliseconds)
        return module
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> Double {
        Double(nanoseconds / 1_000) / 1_000
    }
}
