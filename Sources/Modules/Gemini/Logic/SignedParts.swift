import ModuleChat
import ModuleJSON

/// Puts together what a model said, each signature on the very part that it came with.
struct SignedParts: Sendable {
    private(set) var parts: [JSON] = []
    private let model: String

    init(_ model: String) {
        self.model = model
    }

    mutating func add(_ text: String) {
        if !text.isEmpty { parts.append(["text": .string(text)]) }
    }

    mutating func add(_ part: JSON) { parts.append(part) }

    /// Thoughts themselves do not go back, unless they were signed.
    mutating func add(_ thinking: ChatThinking) {
        guard let seal = own(thinking.seal) else { return }
        let signature = JSON.string(seal.signature)
        switch seal.part {
        case .text(let bytes):
            let signed = cut(bytes)
            parts.append(["text": .string(signed), "thoughtSignature": signature])
        case .thought(let bytes):
            let (before, signed) = Self.split(thinking.text, bytes)
            if !before.isEmpty { parts.append(["text": .string(before), "thought": true]) }
            parts.append([
                "text": .string(signed), "thought": true, "thoughtSignature": signature,
            ])
        case .call: return
        }
    }

    func signature(_ seal: ChatSeal?) -> JSON? { own(seal).map { .string($0.signature) } }

    private func own(_ seal: ChatSeal?) -> PartSeal? {
        PartSeal(seal).flatMap { $0.model == model ? $0 : nil }
    }

    /// Takes the last bytes off the text before.
    private mutating func cut(_ bytes: Int) -> String {
        guard bytes > 0, let last = parts.last?.object, last.count == 1,
            let text = last["text"]?.string
        else { return "" }
        let (before, signed) = Self.split(text, bytes)
        if before.isEmpty {
            parts.removeLast()
        } else {
            parts[parts.count - 1] = ["text": .string(before)]
        }
        return signed
    }

    private static func split(_ text: String, _ bytes: Int) -> (before: String, signed: String) {
        let place = text.utf8.index(
            text.utf8.endIndex, offsetBy: -max(0, bytes), limitedBy: text.utf8.startIndex)
        // A text that is not what was signed keeps together.
        guard let place, let border = place.samePosition(in: text.unicodeScalars) else {
            return ("", text)
        }
        return (String(text[..<border]), String(text[border...]))
    }
}
