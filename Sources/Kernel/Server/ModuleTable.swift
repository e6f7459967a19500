import KernelBase
import KernelBuilds
package import KernelConfig
import KernelGenerations
package import KernelLoader
import KernelResidence
import KernelSystem
package import KernelWire
import KernelWorkers
import ModuleJSON

/// What clients are shown of every module.
package struct ModuleTable: Sendable {
    private let loader: ModuleLoader
    private let watch: HealthWatch
    private let missing: @Sendable () -> [MissingModules]

    package init(
        _ loader: ModuleLoader, _ watch: HealthWatch,
        missing: @escaping @Sendable () -> [MissingModules]
    ) {
        self.loader = loader
        self.watch = watch
        self.missing = missing
    }

    /// With the files that are no module, and the places where there is nothing.
    package var all: [ModuleDescription] {
        loader.slots.map { describe($0) }
            + loader.strangers.map { Self.noModule($0, "refused", $1) }
            + missing().map { Self.noModule($0.path, "missing", $0.sentence) }
    }

    private static func noModule(
        _ path: String, _ state: String, _ problem: String
    ) -> ModuleDescription {
        var file = ModuleDescription(id: Path.name(of: path), state: state)
        file.source = path
        file.problem = problem
        return file
    }

    private func describe(_ slot: ModuleSlot) -> ModuleDescription {
        let generation = slot.current
        var module = ModuleDescription(id: slot.id, state: state(slot, generation))
        let counts = slot.statistics.counts
        module.calls = counts.calls
        module.failures = counts.failures
        module.abandoned = counts.abandoned
        module.problem = problem(slot, generation)
        let (health, reason) = HealthJudge(loader, watch).judge(slot, slot.statistics.recent)
        module.health = health
        if module.problem == nil, health == .unwell || health == .failing {
            module.problem = reason
        }
        module.workersEnded = slot.statistics.workersEnded
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
        describeHome(generation, &module)
        module.tasks = generation.manifest.tasks.map { TaskListing($0) }
        return module
    }

    private func describeHome(_ generation: Generation, _ module: inout ModuleDescription) {
        let instance = generation.instanceIfPresent
        let resident = instance as? Resident
        module.isMapped = instance != nil && resident == nil
        module.process = resident?.process
        module.processBytes = resident?.residentBytes
        module.memoryBytes =
            module.isMapped
            ? generation.build.mappedBytes + module.keptBytes : resident?.residentBytes
        module.isolation = generation.home.isolation.name
        module.isolationReason =
            switch generation.home.reason {
            case .origin: "origin"
            case .configuration: "configuration"
            case .containment(let reason): reason
            }
    }

    private func problem(_ slot: ModuleSlot, _ generation: Generation?) -> String? {
        guard let generation else { return slot.problem }
        if let trouble = generation.trouble { return trouble }
        if let reason = loader.quarantineOfTasks(generation) {
            return "its tasks of mode process are \(reason)"
        }
        if case .containment(let reason) = generation.home.reason, slot.problem == nil {
            return "it lives in a process of its own: \(reason)"
        }
        return slot.problem
    }

    private func state(_ slot: ModuleSlot, _ generation: Generation?) -> String {
        guard let generation else {
            if loader.isWaiting(slot.id) { return "waiting" }
            if loader.isSwitchedOff(slot) { return "off" }
            return slot.problem == nil ? "loading" : "failed"
        }
        switch generation.unavailable {
        case nil: return "serving"
        case .failed?: return "failed"
        case .resting(let rest)?: return rest.isQuarantine ? "quarantined" : "restarting"
        }
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
