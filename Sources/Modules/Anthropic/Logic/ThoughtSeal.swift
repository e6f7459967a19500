import ModuleChat
import ModuleJSON

/// What a server wants back of a thought: the signature of one that was shown, or the whole of one
/// that was not. Other servers of this dialect refuse it, so that it says whose it is. Of the same
/// server a model drops by itself the thoughts of another model that it cannot read.
struct ThoughtSeal: Sendable {
    private let server: String

    /// Signatures and hidden thoughts are base64, which has no colon.
    private static let hiddenMark = "hidden:"

    init(of server: String) {
        self.server = server
    }

    func value(signature: String) -> String {
        signature.isEmpty ? "" : "\(server) \(signature)"
    }

    func value(hidden data: String) -> String { "\(server) \(Self.hiddenMark)\(data)" }

    /// Nil for a thought that is none of this server's.
    func block(_ thinking: ChatThinking) -> JSON? {
        guard let seal = thinking.seal, seal.maker == Anthropic.dialect,
            seal.value.hasPrefix(server + " ")
        else { return nil }
        let value = seal.value.dropFirst(server.count + 1)
        if value.hasPrefix(Self.hiddenMark) {
            let data = value.dropFirst(Self.hiddenMark.count)
            return ["type": "redacted_thinking", "data": .string(String(data))]
        }
        return [
            "type": "thinking", "thinking": .string(thinking.text),
            "signature": .string(String(value)),
        ]
    }
}
