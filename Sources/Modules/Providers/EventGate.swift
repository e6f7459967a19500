package import ModuleChat
package import ModuleProviderKit

/// Keeps what a reader says in order and in bounds: no empty pieces, one finish, nothing after a
/// failure, and no more calls than an answer may have.
package struct EventGate: Sendable {
    package private(set) var hasFinished = false
    package private(set) var hasFailed = false
    private var calls: Set<Int> = []
    private var argumentBytes = 0

    /// More in one answer are no answer.
    private static let callsMax = 256
    /// Of all its calls.
    private static let argumentBytesMax = 16 << 20

    package init() {}

    package mutating func pass(_ event: ProviderEvent, _ emit: AnswerReader.Emit) {
        guard !hasFailed else { return }
        switch event {
        case .chat(.text("")), .chat(.thinking("")), .chat(.seal("")): return
        case .chat(.failure): hasFailed = true
        case .chat(.finish):
            guard !hasFinished else { return }
            hasFinished = true
        case .chat(.toolCall(let piece)):
            if let failure = take(piece) { return fail(failure, emit) }
        default: break
        }
        emit(event)
    }

    private mutating func take(_ piece: ChatToolCallPiece) -> ChatFailure? {
        calls.insert(piece.index)
        guard calls.count <= Self.callsMax else {
            return ChatFailure(.malformed, "the model made more than \(Self.callsMax) calls")
        }
        argumentBytes += piece.arguments.utf8.count
        guard argumentBytes <= Self.argumentBytesMax else {
            return ChatFailure(
                .malformed,
                "the arguments of the model's calls are larger than "
                    + "\(Self.argumentBytesMax >> 20) MiB")
        }
        return nil
    }

    package mutating func pass(_ event: ChatEvent, _ emit: AnswerReader.Emit) {
        pass(.chat(event), emit)
    }

    package mutating func fail(_ failure: ChatFailure, _ emit: AnswerReader.Emit) {
        pass(.chat(.failure(failure)), emit)
    }
}
