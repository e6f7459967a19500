package import KernelBase
package import KernelBuilds
package import KernelHosting

/// What every transaction needs; made once.
package struct LoaderTools: Sendable {
    package let environment: LoaderEnvironment
    package let options: LoaderOptions
    package let walls: WallMaker
    package let prober: Prober
    package let factory: GenerationFactory
    package let store: BuildStore
    /// What modules ask of each other.
    package let relay: AskRelay

    package init(environment: LoaderEnvironment, options: LoaderOptions) {
        self.environment = environment
        self.options = options
        walls = WallMaker(environment: environment, options: options)
        store = BuildStore(folder: options.storeFolder)
        prober = Prober(environment: environment, options: options, walls: walls, store: store)
        relay = AskRelay()
        factory = GenerationFactory(
            environment: environment, options: options, walls: walls, store: store, relay: relay)
    }
}

// MARK: Functions of modules

extension LoaderTools {
    /// As below, but here if the instance lives in a worker: then the function ends in its time.
    package func bounded<Value: Sendable>(
        _ step: LifecycleStep, of instance: any LiveInstance,
        late: @escaping Bounded<Value>.Late = { _ in }, _ body: @escaping Bounded<Value>.Body
    ) throws(ModuleFailure) -> Value {
        if instance.isElsewhere { return try body() }
        return try bounded(step, late: late, body)
    }

    /// Runs a function of a module on a thread that can be given up if it hangs; `late` is told
    /// if it returns after that.
    func bounded<Value: Sendable>(
        _ step: LifecycleStep, late: @escaping Bounded<Value>.Late = { _ in },
        _ body: @escaping Bounded<Value>.Body
    ) throws(ModuleFailure) -> Value {
        let job = Bounded<Value>(
            on: environment.lifecyclePool, step, withinSeconds: options.probeSeconds)
        return try job.run(late: late, body)
    }
}
