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
