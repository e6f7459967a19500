package import KernelModels
import KernelSystem
package import ModuleChat
import ModuleJSON
import Synchronization

/// A provider in this process whose servers speak events as JSON lines: `{"text": "…"}`,
/// `{"finish": "stop"}`, `{"models": […]}`, `{"call": "…", "arguments": {}}`,
/// `{"tokens": 1}`; an answer that is no success is a failure of the kind in its body.
package struct LineProvider: ProviderSource {
    private let refusal: ChatFailure?
    /// Asked in the place of the server that the order names.
    private let address: String?

    package init(refusal: ChatFailure? = nil, asking address: String? = nil) {
        self.refusal = refusal
        self.address = address
    }

    package func provider(_ module: String) -> Result<any ProviderPort, ChatFailure> {
        refusal.map { .failure($0) } ?? .success(LinePort(address))
    }

    package var bundled: Set<String> { ["lines", "describing", "counting"] }

    package var descriptions: [String: ProviderDescription] {
        [
            "lines": ProviderDescription(
                name: "Lines", dialect: "lines",
                presets: [ProviderPreset(id: "lines", name: "Lines", base: "http://127.0.0.1")]),
            // Can be asked about one model.
            "describing": ProviderDescription(
                name: "Describing", dialect: "lines",
                presets: [
                    ProviderPreset(id: "describing", name: "Describing", base: "http://127.0.0.1")
                ], orders: [.chat, .models, .model]),
            // Can count the tokens of a chat.
            "counting": ProviderDescription(
                name: "Counting", dialect: "lines",
                presets: [
                    ProviderPreset(id: "counting", name: "Counting", base: "http://127.0.0.1")
                ], orders: [.chat, .models, .tokens]),
        ]
    }
}

private final class LinePort: ProviderPort {
    private struct State {
        var listener: (any ProviderListener)?
        var head = AnswerHead(status: 0)
    }

    private let state = Mutex(State())
    private let address: String?

    init(_ address: String?) {
        self.address = address
    }

    func encode(
        _ order: ProviderOrder,
        _ done: @escaping @Sendable (Result<ProviderRequest, ChatFailure>) -> Void
    ) {
        done(
            .success(
                .post(
                    address ?? order.server.base, order.json,
                    [ProviderRequest.Header("Authorization", "Bearer \(ProviderRequest.key)")],
                    framing: .lines)))
    }

    func open(_ order: ProviderOrder, _ head: AnswerHead, _ listener: any ProviderListener) {
        state.withLock { $0 = State(listener: listener, head: head) }
    }

    func read(_ pieces: [[UInt8]]) {
        let (listener, head) = state.withLock { ($0.listener, $0.head) }
        for piece in pieces {
            guard let json = try? JSON(parsing: piece) else { continue }
            if !head.isSuccess {
                let kind = json["kind"]?.string.flatMap(ChatFailure.Kind.init) ?? .server
                listener?.took(
                    .chat(
                        .failure(
                            ChatFailure(
                                kind, "said \(kind)",
                                retryAfterSeconds: head.headers["retry-after"].flatMap(Double.init))
                        )
                    ))
            } else if let models = json["models"] {
                listener?.took(.value(models))
            } else if let tokens = json["tokens"] {
                listener?.took(.value(tokens))
            } else if let call = json["call"]?.string {
                let piece = ChatToolCallPiece(
                    index: 0, id: "server-1", name: call,
                    arguments: (json["arguments"] ?? [:]).text)
                listener?.took(.chat(.toolCall(piece)))
            } else if let text = json["text"]?.string {
                listener?.took(.chat(.text(text)))
            } else if let thought = json["thought"]?.string {
                listener?.took(.chat(.thinking(thought)))
            } else if json["finish"] != nil {
                listener?.took(.chat(.finish(ChatFinish(.stop))))
            }
        }
    }

    func close(isWhole: Bool) {
        state.withLock { $0.listener }?.closed(nil)
    }
}
