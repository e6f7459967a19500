import ModuleChat
import ModuleJSON

/// What Anthropic wants back of a thought: the signature of one that was shown, or the whole of one
/// that was not. A model drops by itself the thoughts of another that it cannot read.
struct ThoughtSeal: Sendable, Hashable {
    let block: JSON

    /// Signatures and hidden thoughts are base64, which has no colon.
    private static let hiddenMark = "hidden:"

    /// Nil for a thought that is none of Anthropic's.
    init?(_ thinking: ChatThinking) {
        guard let seal = thinking.seal, seal.maker == Anthropic.dialect else { return nil }
        if seal.value.hasPrefix(Self.hiddenMark) {
            let data = seal.value.dropFirst(Self.hiddenMark.count)
            block = ["type": "redacted_thinking", "data": .string(String(data))]
        } else {
            block = [
                "type": "thinking", "thinking": .string(thinking.text),
                "signature": .string(seal.value),
            ]
        }
    }

    /// The seal of a thought that is kept secret.
    static func hidden(_ data: String) -> String { hiddenMark + data }
}
