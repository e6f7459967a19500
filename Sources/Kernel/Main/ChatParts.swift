import KernelBase
import KernelCalls
import KernelChats
import KernelConfig
import KernelGenerations
import KernelHTTP
import KernelLocal
import KernelModels
import KernelServer
import KernelSetup
import KernelStore
import KernelSystem

/// Models and chats: what finds them, runs them, and asks them. Nothing of it begins a thread or
/// opens a file before a model is wanted, unless servers of a kernel before this one still run.
final class ChatParts: Sendable {
    let desk: ChatDesk
    private let providers: ProviderDesk
    private let local: LocalModels

    /// How long the end waits for the servers of models.
    private static let stopSeconds = 3.0

    init(
        _ dispatcher: Dispatcher, _ configuration: ConfigurationKeeper, _ tasks: TaskParts?,
        alarms: Alarms, log: LogStore, news: NewsRelay
    ) {
        let paths = configuration.paths
        let client = HTTPClient()
        providers = ProviderDesk(dispatcher, alarms: alarms)
        local = LocalModels(
            LocalModels.Places(
                folder: Path.join(paths.stateFolder, "local"),
                fetchedProgram: FetchedModel(folder: paths.fetchedFolder).program),
            client: client,
            news: { line in
                let text = "\(line.model): \(line.text)"
                log.add(LogLine(module: "local", level: line.level, text: text))
            }, loads: { news.tell($0) })
        local.use(LocalSetup(configuration.current))
        let warn: @Sendable (String) -> Void = { news.tell(.warning($0)) }
        let models = ModelDesk(
            providers: providers, local: local, client: client, alarms: alarms,
            cacheFolder: Path.join(paths.cacheFolder, "models"),
            warn: warn, configuration: { configuration.models })
        desk = ChatDesk(models, preferences: tasks?.store.preferences, alarms: alarms, warn: warn)
    }

    /// The providers of the configuration are looked up with each question.
    func follow(_ configuration: Configuration) {
        local.use(LocalSetup(configuration))
    }

    /// Ends every answer that is still coming, and the servers of models.
    func stop() {
        // First, so that an answer is told that the kernel ends, and not that its server is gone.
        desk.models.close()
        local.stop(withinSeconds: Self.stopSeconds)
    }

    /// After the modules have ended.
    func close() {
        providers.close()
    }
}
