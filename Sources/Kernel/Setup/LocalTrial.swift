import KernelConfig
import KernelLocal
import KernelModels
import KernelSystem
import ModuleChat

/// Has a model of this machine answer a question, with a server that ends right after.
struct LocalTrial {
    private let machine: SetupMachine
    private let setup: LocalSetup

    private static let stopSeconds = 5.0
    private static let tokensMax = 60

    init(_ machine: SetupMachine, _ setup: LocalSetup) {
        self.machine = machine
        self.setup = setup
    }

    func ask(_ model: LocalModel) throws(ModelTrial.Failure) -> ModelTrial.Answer {
        // Not in the state of a kernel that may be running.
        let folder = Path.join(machine.paths.fetchedFolder, "trial-\(ProcessFacts.id)")
        defer { try? Files.removeTree(folder) }
        let models = LocalModels(
            LocalModels.Places(folder: folder, fetchedProgram: machine.fetched.program),
            client: machine.client)
        defer { models.stop(withinSeconds: Self.stopSeconds) }
        var setup = setup
        setup.models = [model.name: model]
        models.use(setup)
        let loaded = try load(model.name, models)
        return try machine.trial.ask(
            model.name, at: loaded.endpoint.base, key: loaded.endpoint.keys.first,
            tokensMax: Self.tokensMax)
    }

    private func load(
        _ name: String, _ models: LocalModels
    ) throws(ModelTrial.Failure) -> LoadedModel {
        let result = Condition<Result<LoadedModel, ChatFailure>?>(nil)
        // Given back by the end of all.
        _ = models.borrow(name, progress: { _ in }) { loaded in
            result.withLock { $0 = loaded }
            result.broadcast()
        }
        switch result.wait({ $0 }) {
        case .success(let model): return model
        case .failure(let failure): throw ModelTrial.Failure(failure.message)
        case nil: throw ModelTrial.Failure("\(name) could not be loaded")
        }
    }
}
