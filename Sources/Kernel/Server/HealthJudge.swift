import KernelGenerations
import KernelLoader
import KernelWire

/// Says how a module is, by what is known of it without asking.
struct HealthJudge: Sendable {
    private let loader: ModuleLoader
    private let watch: HealthWatch

    /// Of so many calls and more the share that failed says something.
    private static let callsMin = 5

    init(_ loader: ModuleLoader, _ watch: HealthWatch) {
        self.loader = loader
        self.watch = watch
    }

    func judge(
        _ slot: ModuleSlot, _ recent: CallStatistics.Recent
    ) -> (HealthReport.Verdict, String?) {
        guard let generation = slot.current else {
            let problem = slot.problem ?? "it is being loaded"
            return (loader.isSwitchedOff(slot) ? .off : .out, problem)
        }
        if let trouble = generation.trouble { return (.out, trouble) }
        if let problem = watch.finding(slot)?.problem { return (.unwell, problem) }
        if recent.calls >= Self.callsMin, recent.faults * 2 > recent.calls {
            return (.failing, "\(recent.faults) of its last \(recent.calls) calls failed")
        }
        return (slot.statistics.counts.calls == 0 ? .unused : .well, nil)
    }
}
