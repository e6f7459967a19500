package import KernelBase
package import KernelBuilds
package import KernelResidence
package import KernelSandbox
package import KernelSystem
package import KernelWorkers

/// The limits and places of the loader.
package struct LoaderOptions: Sendable {
    package var storeFolder: String
    /// Where the index of manifests is kept.
    package var indexFile: String
    /// Where each module has a folder of its own, named by its id; nil: they keep nothing.
    package var modulesStateFolder: String?
    /// How long steps may take: asked anew for each.
    package var deadlines: @Sendable () -> Deadlines = { Deadlines() }
    /// How long a file must be gone until its module goes: a linker removes what it makes anew.
    package var removedSeconds = Double(Settling.removedQuiet) / 1e9
    /// How long a call that was asked to end is waited for.
    package var graceSeconds: Double = 0.5
    package var stateBytesMax: Int = 64 << 20
    /// Generations of one module that are kept mapped; beyond it the module works in processes.
    package var generationsMax: Int = 256
    package var generationBytesMax: Int = 64 << 20
    package var workers = WorkerPool.Limits()
    package var residents = Resident.Limits()
    /// A larger state of a module in a worker is not kept for a restart after a crash.
    package var checkpointBytesMax: Int = 8 << 20
    /// A task that keeps the main loop of a worker busy for longer is told of; 0: none is.
    package var mainSlowMilliseconds: UInt64 = 100
    /// Watch the modules for breaches of the contract.
    package var watchesContract = false
    /// Where the paths of permissions begin.
    package var places = PathPlaces.ofThisProcess
    /// A module from elsewhere is not opened where a wall that it needs cannot be raised.
    package var refusesUnconfined = true

    package struct Deadlines: Sendable, Hashable {
        package var probeSeconds = 5.0
        package var drainSeconds = 2.0
        package var probationSeconds = 10.0
        /// Of a function of a module that lives in a worker.
        package var lifecycleSeconds = 5.0

        package init() {}
    }

    package init(storeFolder: String, indexFile: String) {
        self.storeFolder = storeFolder
        self.indexFile = indexFile
    }

    package var probeSeconds: Double {
        get { deadlines().probeSeconds }
        set { fix { $0.probeSeconds = newValue } }
    }

    package var drainSeconds: Double {
        get { deadlines().drainSeconds }
        set { fix { $0.drainSeconds = newValue } }
    }

    package var probationSeconds: Double {
        get { deadlines().probationSeconds }
        set { fix { $0.probationSeconds = newValue } }
    }

    package var lifecycleSeconds: Double {
        get { deadlines().lifecycleSeconds }
        set { fix { $0.lifecycleSeconds = newValue } }
    }

    /// One of them stays as it is set here; the others are asked for as before.
    private mutating func fix(_ change: @escaping @Sendable (inout Deadlines) -> Void) {
        let before = deadlines
        deadlines = {
            var deadlines = before()
            change(&deadlines)
            return deadlines
        }
    }

    /// What a module in a worker is told when it begins.
    var residentLimits: Resident.Limits {
        var limits = residents
        limits.lifecycleSeconds = lifecycleSeconds
        return limits
    }

    package func stateFolder(of module: String) -> String? {
        modulesStateFolder.map { Path.join($0, module) }
    }
}

/// Which build of which module is to be given a place.
package struct IsolationQuestion: Sendable, Hashable {
    package let module: String
    /// The hash of its file.
    package let build: String
    package let origin: Catalogue.Origin
}

/// What the configuration says about one module.
package struct ModuleSettings: Sendable {
    package var isEnabled = true
    package var configuration = ModuleConfiguration()
    package var confinement = Confinement()
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
    /// Which module is to provide an interface for a module, by interface.
    package var providers: @Sendable (String) -> [String: String] = { _ in [:] }
    package var report: @Sendable (LoaderEvent) -> Void
    package var log: @Sendable (LogLine) -> Void
    /// Where a module is to live. Asked again whenever the settings may have changed.
    package var isolation: @Sendable (IsolationQuestion) -> IsolationDecision = { _ in
        IsolationDecision(.kernel, .origin)
    }
    package var containment = Containment()

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
