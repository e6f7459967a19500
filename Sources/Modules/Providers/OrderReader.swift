package import ModuleProviderKit

/// Reads the answer to an order of any kind: a chat, a value that comes whole, or a refusal.
package struct OrderReader<Chat: AnswerReader>: AnswerReader {
    // One of them is there; apart, so that the one that reads is changed in its place.
    private var chat: Chat?
    private var value: ValueReader?
    private var refusal: RefusalReader?

    package static func chat(_ reader: Chat) -> Self { Self(chat: reader) }
    package static func value(_ reader: ValueReader) -> Self { Self(value: reader) }
    package static func refusal(_ reader: RefusalReader) -> Self { Self(refusal: reader) }

    package mutating func read(_ piece: [UInt8], _ emit: Emit) {
        chat?.read(piece, emit)
        value?.read(piece, emit)
        refusal?.read(piece, emit)
    }

    package mutating func close(isWhole: Bool, _ emit: Emit) {
        chat?.close(isWhole: isWhole, emit)
        value?.close(isWhole: isWhole, emit)
        refusal?.close(isWhole: isWhole, emit)
    }
}
