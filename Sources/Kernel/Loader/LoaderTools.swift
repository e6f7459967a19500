import KernelBase
import KernelBuilds
import KernelHosting

/// What every transaction needs; made once.
struct LoaderTools: Sendable {
    let environment: LoaderEnvironment
    let options: LoaderOptions
    let prober: Prober
    let factory: GenerationFactory
    let store: BuildStore

    init(environment: LoaderEnvironment, options: LoaderOptions) {
        self.environment = environment
        self.options = options
        prober = Prober(environment: environment, options: options)
        store = BuildStore(folder: options.storeFolder)
        factory = GenerationFactory(environment: environment, options: options, store: store)
    }
}

// MARK: Functions of modules

extension LoaderTools {
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
