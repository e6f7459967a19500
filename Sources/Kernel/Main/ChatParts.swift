import KernelCalls
import KernelChats
import KernelConfig
import KernelModels
import KernelServer
import KernelStore
import KernelSystem

/// Models and chats: what finds them, and what asks them.
final class ChatParts: Sendable {
    let desk: ChatDesk
    private let providers: ProviderDesk

    init(
        _ dispatcher: Dispatcher, _ configuration: ConfigurationKeeper,
        _ tasks: TaskParts?, alarms: Alarms,
        warn: @escaping @Sendable (String) -> Void
    ) {
        providers = ProviderDesk(dispatcher, alarms: alarms)
        let models = ModelDesk(
            providers: providers, alarms: alarms,
            cacheFile: Path.join(configuration.paths.cacheFolder, "models.json"),
            warn: warn, configuration: { configuration.models })
        desk = ChatDesk(models, preferences: tasks?.store.preferences, alarms: alarms, warn: warn)
    }

    /// Ends every answer that is still coming.
    func stop() {
        desk.models.close()
    }

    /// After the modules have ended.
    func close() {
        providers.close()
    }
}
