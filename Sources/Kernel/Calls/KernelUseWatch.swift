import KernelBase
package import KernelGenerations
import KernelHosting
import KernelLoader
import KernelResidence
package import KernelSystem
import KernelWorkers
import Synchronization

/// Says when the kernel's own process takes more and more of the machine, or is flooded with
/// output. What modules in it take is nobody's by name; but who was at work meanwhile is known.
package final class KernelUseWatch: Sendable {
    private let dispatcher: Dispatcher
    private let alarms: Alarms
    private let pool: ThreadPool
    private let report: @Sendable (LoaderEvent) -> Void
    private let state = Mutex(State())

    private struct State {
        var memory = GrowthGauge(growthMin: 256 << 20)
        var descriptors = GrowthGauge(growthMin: 256)
        var output = FloodGauge()
        var outputToldNanoseconds: UInt64?
        /// How many calls each module had had when something was last told.
        var calls: [String: Int] = [:]
    }

    private static let lookSeconds = 15.0
    /// A flood that goes on is told of no more often.
    private static let outputNanoseconds: UInt64 = 300_000_000_000
    private static let namesMax = 5

    package init(
        _ dispatcher: Dispatcher, alarms: Alarms, pool: ThreadPool,
        report: @escaping @Sendable (LoaderEvent) -> Void
    ) {
        self.dispatcher = dispatcher
        self.alarms = alarms
        self.pool = pool
        self.report = report
    }

    /// Looks again and again from now on.
    package func begin() {
        look()
        alarms.run(afterSeconds: Self.lookSeconds) { [weak self] in
            guard let self else { return }
            self.pool.run { self.begin() }
        }
    }

    private func look() {
        guard let usage = ProcessUsage() else { return }
        look(memoryBytes: usage.residentBytes, descriptors: usage.descriptors)
    }

    func look(memoryBytes: Int, descriptors: Int) {
        let (memory, open) = state.withLock {
            ($0.memory.grew(to: memoryBytes), $0.descriptors.grew(to: descriptors))
        }
        if let memory {
            tell(
                "the kernel itself uses \(memoryBytes >> 20) MiB of memory, and used "
                    + "\(memory >> 20) MiB before; \(calledMeanwhile())")
        }
        if let open {
            tell(
                "the kernel itself has \(descriptors) files and sockets open, and had \(open) "
                    + "before; \(calledMeanwhile())")
        }
        if memory != nil || open != nil { noteCalls() }
    }

    /// The kernel's process, or what modules have started from it, has printed so many bytes.
    package func printed(_ bytes: Int) {
        let now = SystemClock.monotonicNanoseconds
        let isNews = state.withLock { state -> Bool in
            guard state.output.isFlooded(adding: bytes, nowNanoseconds: now) else { return false }
            let told = state.outputToldNanoseconds
            guard told.map({ now >= $0 + Self.outputNanoseconds }) ?? true else { return false }
            state.outputToldNanoseconds = now
            return true
        }
        guard isNews else { return }
        let atWork = dispatcher.board.calls
            .filter { $0.facts.mode != .process && $0.generation?.home.isolation == .kernel }
            .map(\.facts.address)
        tell(
            "more than \(FloodGauge.bytesMax >> 20) MiB were printed in the kernel within "
                + "\(Int(FloodGauge.windowSeconds)) s, most of which is not shown; at work in it: "
                + Self.list(atWork))
    }

    private func tell(_ sentence: String) {
        report(
            .warning(
                sentence + ". A module with isolation = \"process\" has limits, and is ended by "
                    + "name when it passes one"))
    }

    // MARK: Who was at work

    private var slotsInKernel: [ModuleSlot] {
        dispatcher.loader.slots.filter { $0.latest?.home.isolation == .kernel }
    }

    private func calledMeanwhile() -> String {
        let before = state.withLock { $0.calls }
        let counted = slotsInKernel.map { slot in
            (id: slot.id, calls: slot.statistics.counts.calls - (before[slot.id] ?? 0))
        }
        let called = counted.filter { $0.calls > 0 }.sorted {
            ($1.calls, $0.id) < ($0.calls, $1.id)
        }
        return "calls of modules in it meanwhile: "
            + Self.list(called.map { "\($0.id) (\($0.calls))" })
    }

    private func noteCalls() {
        let calls = slotsInKernel.map { ($0.id, $0.statistics.counts.calls) }
        state.withLock { $0.calls = Dictionary(calls, uniquingKeysWith: { $1 }) }
    }

    private static func list(_ names: [String]) -> String {
        guard !names.isEmpty else { return "none" }
        let more = names.count > namesMax ? " and \(names.count - namesMax) more" : ""
        return names.prefix(namesMax).joined(separator: ", ") + more
    }
}
