package import KernelBase
package import KernelBuilds
package import KernelSystem
package import KernelWorkers

/// The limits and places of the loader.
package struct LoaderOptions: Sendable {
    package var storeFolder: String
    /// Where the index of manifests is kept.
    package var indexFile: String
    package var probeSeconds: Double = 5
    package var drainSeconds: Double = 2
    /// How long a call that was asked to end is waited for.
    package var graceSeconds: Double = 0.5
    package var probationSeconds: Double = 10
    package var stateBytesMax: Int = 64 << 20
    /// Generations of one module that are kept mapped; beyond it the module works in processes.
    package var generationsMax: Int = 256
    package var generationBytesMax: Int = 64 << 20
    package var workers = WorkerPool.Limits()
    /// Watch the modules for breaches of the contract.
    package var watchesContract = false

    package init(storeFolder: String, indexFile: String) {
        self.storeFolder = storeFolder
        self.indexFile = indexFile
    }
}

/// What the configuration says about one module.
package struct ModuleSettings: Sendable {
    package var isEnabled = true
    package var configuration = ModuleConfiguration()
    /// Why the configuration cannot be given to the module; nil if it can.
    package var problem: String?

    package init() {}
}

/// What the loader needs of the process around it.
package struct LoaderEnvironment: Sendable {
    /// Where calls run.
    package var pool: ThreadPool
    /// Where builds are tried and lifecycle functions run: never waiting behind calls.
    package var lifecyclePool: ThreadPool
    package var mainLoop: MainLoop
    package var alarms: Alarms
    package var zygote: @Sendable () throws -> Zygote
    package var output: OutputCollector
    /// The settings of a module, whose manifest says which configuration it takes.
    package var settings: @Sendable (Manifest) -> ModuleSettings
    package var report: @Sendable (LoaderEvent) -> Void
    package var log: @Sendable (LogLine) -> Void
    /// Why a build, by module and hash, must not run in this process; nil if it may.
    package var isolation: @Sendable (_ module: String, _ build: String) -> String? = { _, _ in nil
    }

    package init(
        pool: ThreadPool, lifecyclePool: ThreadPool, mainLoop: MainLoop, alarms: Alarms,
        zygote: @escaping @Sendable () throws -> Zygote, output: OutputCollector,
        settings: @escaping @Sendable (Manifest) -> ModuleSettings,
        report: @escaping @Sendable (LoaderEvent) -> Void,
        log: @escaping @Sendable (LogLine) -> Void
    ) {
        self.pool = pool
        self.lifecyclePool = lifecyclePool
        self.mainLoop = mainLoop
        self.alarms = alarms
        self.zygote = zygote
        self.output = output
        self.settings = settings
        self.report = report
        self.log = log
    }
}
