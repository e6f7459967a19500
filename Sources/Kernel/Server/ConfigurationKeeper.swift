import KernelBase
package import KernelBuilds
package import KernelCalls
package import KernelConfig
package import KernelGenerations
import KernelLoader
package import KernelModels
package import KernelResidence
import KernelSandbox
import KernelSystem
import ModuleJSON
import Synchronization

/// Holds the configuration in force, and hands each part of the kernel its share of it.
package final class ConfigurationKeeper: Sendable {
    package let paths: Paths
    private let state: Mutex<ConfigurationStore>
    /// Was there ever a file? One that never was cannot be gone.
    private let hasFile: Atomic<Bool>
    private let secrets: SecretSource
    private let environment: [String: String]

    /// What is kept in files and in the desktop keyring comes from `secrets`.
    package init(
        paths: Paths, environment: [String: String], secrets: SecretSource
    ) throws(ConfigurationProblems) {
        self.paths = paths
        let source = ConfigurationSource(
            file: paths.configurationFile, home: paths.home, environment: environment)
        self.secrets = secrets
        self.environment = environment
        let bytes = try ConfigurationFile.read(paths)
        hasFile = Atomic(bytes != nil)
        state = Mutex(try ConfigurationStore(source: source, bytes: bytes))
    }

    package var current: Configuration { state.withLock { $0.current } }

    /// Why the file as it is now is not in force; nil if it is.
    package var problems: ConfigurationProblems? { state.withLock { $0.problems } }

    /// Reads the file again. `modules` are those in service, whose schemas have a say.
    package func reread(
        modules: [String: ConfigurableModule]
    ) -> ConfigurationStore.Outcome {
        let bytes: [UInt8]?
        do {
            bytes = try ConfigurationFile.read(paths)
        } catch {
            return .refused(error)
        }
        if bytes == nil && !hasFile.load(ordering: .relaxed) { return .unchanged }
        hasFile.store(true, ordering: .relaxed)
        let secrets = secrets
        return state.withLock { store in
            store.receive(bytes) { $0.problems(modules: modules, secrets: secrets) }
        }
    }

    // MARK: Shares

    /// What is said about models.
    package var models: ModelConfiguration {
        ModelConfiguration(current, secrets, environment: environment)
    }

    /// What the loader is told about a module.
    package func settings(for manifest: Manifest) -> KernelGenerations.ModuleSettings {
        let configuration = current
        let own = configuration.settings(ofModule: manifest.id)
        var settings = KernelGenerations.ModuleSettings()
        settings.isEnabled = own.enabled
        settings.confinement = Confinement(own, configuration.kernel)
        do {
            let view = try configuration.view(
                ofModule: manifest.id, schema: manifest.configuration, secrets: secrets)
            settings.configuration = ModuleConfiguration(
                own: view.own.serialized(), user: view.user.serialized())
        } catch {
            settings.problem = error.description
        }
        return settings
    }

    /// Where a module is to live.
    package func isolation(for question: IsolationQuestion) -> IsolationDecision {
        if let wanted = current.settings(ofModule: question.module).isolation {
            return IsolationDecision(wanted == .process ? .process : .kernel, .configuration)
        }
        switch question.origin {
        case .development, .bundled: return IsolationDecision(.kernel, .origin)
        case .user, .system: return IsolationDecision(.process, .origin)
        }
    }

    /// Which module is to provide an interface for a module, by interface.
    package func providers(for module: String) -> [String: String] {
        current.settings(ofModule: module).providers
    }

    /// What the dispatcher is told about a task.
    package func override(module: String, task: String) -> TaskOverride? {
        state.withLock { store in
            guard let entry = store.current.modules[module],
                let task = entry.settings.tasks[task]
            else { return nil }
            return TaskOverride(
                mode: task.mode.map { RunMode($0) },
                timeoutSeconds: task.timeoutSeconds.map(Double.init))
        }
    }
}

extension Confinement {
    fileprivate init(_ own: KernelConfig.ModuleSettings, _ kernel: KernelSettings) {
        self.init()
        isOff = own.sandbox == .off
        limits.memoryBytes = UInt64(own.memoryMegabytes ?? kernel.workerMemoryMegabytes) << 20
        limits.diskBytes = UInt64(own.diskMegabytes ?? kernel.workerDiskMegabytes) << 20
        let permissions = own.permissions
        change.lists[.read] = permissions.read
        change.lists[.write] = permissions.write
        change.lists[.network] = permissions.network
        change.lists[.dbus] = permissions.dbus
        change.lists[.execute] = permissions.execute
    }
}

extension RunMode {
    fileprivate init(_ mode: TaskMode) {
        self =
            switch mode {
            case .main: .main
            case .thread: .thread
            case .process: .process
            }
    }
}
