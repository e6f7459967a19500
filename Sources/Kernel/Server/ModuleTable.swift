import KernelBase
import KernelBuilds
package import KernelLoader
package import KernelWire
import KernelWorkers
import ModuleJSON

/// What clients are shown of every module.
package struct ModuleTable: Sendable {
    private let loader: ModuleLoader

    package init(_ loader: ModuleLoader) {
        self.loader = loader
    }

    package var all: [ModuleDescription] { loader.slots.map { describe($0) } }

    private func describe(_ slot: ModuleSlot) -> ModuleDescription {
        let generation = slot.current
        var module = ModuleDescription(id: slot.id, state: state(slot, generation))
        let counts = slot.statistics.counts
        module.calls = counts.calls
        module.failures = counts.failures
        module.abandoned = counts.abandoned
        module.problem =
            generation?.makingProblem.map { "\($0); /module reload \(slot.id) tries again" }
            ?? slot.problem ?? generation?.isolation
        module.keptGenerations = slot.kept.generations
        module.keptBytes = slot.kept.bytes
        guard let generation else { return module }
        module.version = generation.manifest.version.description
        module.about = generation.manifest.about
        module.generation = generation.number
        module.build = generation.build.shortHash
        module.source = generation.source
        module.origin = loader.origin(of: generation.source)?.name
        module.inFlight = generation.callsInFlight
        let workers = generation.workers.counts
        module.workers = workers.idle + workers.busy
        module.isMapped = generation.instanceIfPresent != nil
        module.tasks = generation.manifest.tasks.map { TaskListing($0) }
        return module
    }

    private func state(_ slot: ModuleSlot, _ generation: Generation?) -> String {
        if let generation { return generation.makingProblem == nil ? "serving" : "failed" }
        return slot.problem == nil ? "loading" : "failed"
    }
}

extension TaskListing {
    fileprivate init(_ task: TaskDescription) {
        self.init(
            name: task.name, about: task.about, mode: task.mode.name, risk: task.risk.name,
            accepts: task.accepts == .json ? "json" : "bytes", arguments: task.arguments?.json,
            timeoutSeconds: task.timeoutSeconds)
    }
}
