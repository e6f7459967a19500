import KernelModels
import ModuleChat
import Synchronization

/// A provider whose module fails when it is to read an answer.
final class BrokenProvider: ProviderSource {
    private let kind: ChatFailure.Kind
    let asked = Mutex(0)

    init(_ kind: ChatFailure.Kind) {
        self.kind = kind
    }

    func provider(_ module: String) -> Result<any ProviderPort, ChatFailure> {
        asked.withLock { $0 += 1 }
        return .success(Port(kind: kind))
    }

    var descriptions: [String: ProviderDescription] { [:] }
    var bundled: Set<String> { [] }

    private struct Port: ProviderPort {
        let kind: ChatFailure.Kind

        func encode(
            _ order: ProviderOrder,
            _ done: @escaping @Sendable (Result<ProviderRequest, ChatFailure>) -> Void
        ) {
            done(.success(.post(order.server.base, order.json, [], framing: .lines)))
        }

        func open(_ order: ProviderOrder, _ head: AnswerHead, _ listener: any ProviderListener) {
            listener.closed(ChatFailure(kind, "the module failed"))
        }

        func read(_ pieces: [[UInt8]]) {}
        func close(isWhole: Bool) {}
    }
}
