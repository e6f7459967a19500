import KernelBase
import KernelHosting
import KernelSystem

/// Empties a generation of its calls, within limits. The slot must hold new ones meanwhile.
package struct Drainer {
    let generation: Generation
    let slot: ModuleSlot
    let options: LoaderOptions

    package init(generation: Generation, slot: ModuleSlot, options: LoaderOptions) {
        self.generation = generation
        self.slot = slot
        self.options = options
    }

    /// Returns how many calls were asked to end because they took too long. No call begins on the
    /// instance afterwards, until it is opened for calls again.
    package func drain(module: String) -> Int {
        let now = SystemClock.monotonicNanoseconds
        let patience = now + UInt64(options.drainSeconds * 1e9)
        let isDrained = generation.waitUntilDrained(untilNanoseconds: patience)
        guard let instance = generation.instanceIfPresent else { return 0 }
        // Calls that still wait for a thread are turned away there.
        instance.closeForCalls()
        if isDrained { return 0 }
        let late = instance.callsInFlight
        for call in late { instance.cancel(call, .drain) }
        let grace = SystemClock.monotonicNanoseconds + UInt64(options.graceSeconds * 1e9)
        if generation.waitUntilDrained(untilNanoseconds: grace) { return late.count }
        let outcome = CallOutcome.failure(
            .cancelled,
            "\(module) was reloaded, and this call had not ended within "
                + "\(options.drainSeconds) s")
        let abandoned = instance.callsInFlight.filter { instance.release($0, outcome) }
        slot.statistics.countAbandoned(abandoned.count)
        return late.count
    }
}
