import ModuleChat
import ModuleJSON

/// What is passed on of what servers and modules say to people: without the key, and no more than
/// somebody reads.
struct Discretion: Sendable {
    private let key: String?

    /// A shorter one is found in words that mean something else.
    private static let keyBytesMin = 6
    private static let messageBytesMax = 1_024
    private static let noteBytesMax = 256
    /// Of names and ids of calls: longer ones are no names.
    private static let nameBytesMax = 512
    private static let hidden = "…"

    init(hiding key: String?) {
        self.key = key.flatMap { $0.utf8.count >= Self.keyBytesMin ? $0 : nil }
    }

    func hiding(in text: String) -> String {
        guard let key else { return text }
        return text.replacing(key, with: Self.hidden)
    }

    func hiding(in bytes: [UInt8]) -> [UInt8] {
        guard let key else { return bytes }
        return bytes.replacing(Array(key.utf8), with: Array(Self.hidden.utf8))
    }

    func told(_ event: ProviderEvent) -> ProviderEvent {
        switch event {
        case .chat(.failure(let failure)): return .chat(.failure(told(failure)))
        case .chat(.finish(var finish)):
            finish.detail = told(finish.detail, bytesMax: Self.noteBytesMax)
            return .chat(.finish(finish))
        case .chat(.toolCall(let piece)) where !Self.isNamed(piece):
            return .chat(
                .failure(
                    ChatFailure(
                        .malformed,
                        "the name or id of a call is longer than \(Self.nameBytesMax) bytes")))
        case .progress(let fraction, let note):
            return .progress(
                fraction: fraction, note: told(note, bytesMax: Self.noteBytesMax))
        default: return event
        }
    }

    func told(_ failure: ChatFailure) -> ChatFailure {
        var failure = failure
        failure.message = told(failure.message, bytesMax: Self.messageBytesMax)
        return failure
    }

    private func told(_ text: String, bytesMax: Int) -> String {
        let text = hiding(in: text)
        guard text.utf8.count > bytesMax else { return text }
        // No character is cut in two.
        var end = text.utf8.index(text.startIndex, offsetBy: bytesMax)
        while end.samePosition(in: text.unicodeScalars) == nil { text.utf8.formIndex(before: &end) }
        return text[..<end] + Self.hidden
    }

    private static func isNamed(_ piece: ChatToolCallPiece) -> Bool {
        [piece.id, piece.name].allSatisfy { ($0?.utf8.count ?? 0) <= nameBytesMax }
    }
}
