import KernelBase
import KernelGenerations
import KernelLoader
package import KernelModels
package import KernelSystem
package import ModuleChat
import ModuleJSON

/// Where the modules are found that provide models. Their exchanges are calls, held by the
/// generation that they began on until they have ended.
package final class ProviderDesk: ProviderSource {
    private let dispatcher: Dispatcher
    private let tools: ExchangeTools

    /// What providers do takes no time to speak of, and never waits.
    private static let threadsMax = 8

    /// A module that does not return within `hangSeconds` loses the exchange.
    package init(_ dispatcher: Dispatcher, alarms: Alarms, hangSeconds: Double = 10) {
        self.dispatcher = dispatcher
        tools = ExchangeTools(
            pool: ThreadPool(name: "providers", threadsMax: Self.threadsMax),
            watch: ExchangeWatch(alarms: alarms, hangSeconds: hangSeconds))
    }

    package func provider(_ module: String) -> Result<any ProviderPort, ChatFailure> {
        guard let slot = dispatcher.loader.slot(module) else {
            let known = descriptions.keys.sorted()
            return .failure(
                ChatFailure(
                    .modelNotFound,
                    "there is no module \"\(module)\"\(Spelling.hint(for: module, among: known))"))
        }
        if let generation = slot.current, generation.provider == nil {
            return .failure(
                ChatFailure(.modelNotFound, "the module \(module) provides no models"))
        }
        return .success(RunningExchange(id: dispatcher.newCallID(), slot, tools))
    }

    /// No module is mapped for this.
    package var descriptions: [String: ProviderDescription] {
        var descriptions: [String: ProviderDescription] = [:]
        for slot in dispatcher.loader.slots {
            descriptions[slot.id] = slot.current?.provider
        }
        return descriptions
    }

    package var bundled: Set<String> {
        Set(dispatcher.loader.slots.filter { $0.current?.origin == .bundled }.map(\.id))
    }

    package var exchangesInFlight: Int { tools.watch.count }

    /// Threads of modules in the kernel that did not come back.
    package var threadsLost: Int { tools.pool.counts.abandoned }

    package func close() {
        tools.pool.close()
    }
}

/// What every exchange needs.
struct ExchangeTools: Sendable {
    /// Where modules in the kernel encode and read.
    let pool: ThreadPool
    let watch: ExchangeWatch
}
