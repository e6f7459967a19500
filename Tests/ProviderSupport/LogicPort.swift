package import KernelModels
package import ModuleChat
import ModuleKit
package import ModuleProviderKit
import Synchronization

/// A provider's logic in this process in the place of its module, with what crosses the boundary
/// in the form that it has there.
package final class LogicPort<Provider: ModelProvider>: ProviderPort {
    private let provider: Provider
    private let state = Mutex(State())

    private struct State {
        var reader: Provider.Reader?
        var listener: (any ProviderListener)?
        var failure: ChatFailure?
    }

    package init(_ provider: Provider) {
        self.provider = provider
    }

    package func encode(
        _ order: ProviderOrder,
        _ done: @escaping @Sendable (Result<ProviderRequest, ChatFailure>) -> Void
    ) {
        do {
            done(.success(try ProviderRequest(provider.request(for: order).bytes)))
        } catch {
            done(.failure(ChatFailure(.badRequest, "\(error)")))
        }
    }

    package func open(
        _ order: ProviderOrder, _ head: AnswerHead, _ listener: any ProviderListener
    ) {
        let reader = provider.reader(of: order, head)
        state.withLock { $0 = State(reader: reader, listener: listener) }
    }

    package func read(_ pieces: [[UInt8]]) {
        tell { reader, emit in
            for piece in pieces { reader.read(piece, emit) }
        }
    }

    package func close(isWhole: Bool) {
        tell { reader, emit in reader.close(isWhole: isWhole, emit) }
        let (listener, failure) = state.withLock { ($0.listener, $0.failure) }
        listener?.closed(failure)
    }

    private func tell(_ body: (inout Provider.Reader, (ProviderEvent) -> Void) -> Void) {
        var events: [ProviderEvent] = []
        let listener = state.withLock { state -> (any ProviderListener)? in
            guard var reader = state.reader else { return nil }
            body(&reader) { events.append($0) }
            state.reader = reader
            return state.listener
        }
        guard let listener else { return }
        for encoded in events.flatMap({ $0.encoded }) {
            do throws(ChatReadingError) {
                if let event = try ProviderEvent(encoded) { listener.took(event) }
            } catch {
                state.withLock { $0.failure = ChatFailure(.malformed, "\(error)") }
            }
        }
    }
}

/// Providers in the place of their modules, by the modules' ids.
package struct LogicSource: ProviderSource {
    private var ports: [String: @Sendable () -> any ProviderPort] = [:]
    package private(set) var descriptions: [String: ProviderDescription] = [:]

    package var bundled: Set<String> { Set(descriptions.keys) }

    package init() {}

    package mutating func add(_ provider: some ModelProvider) {
        let id = type(of: provider).manifest.id
        ports[id] = { LogicPort(provider) }
        descriptions[id] = provider.provider
    }

    package func provider(_ module: String) -> Result<any ProviderPort, ChatFailure> {
        guard let port = ports[module] else {
            return .failure(ChatFailure(.modelNotFound, "there is no module \(module)"))
        }
        return .success(port())
    }
}
