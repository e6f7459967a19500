package import ModuleChat
package import ModuleProviderKit

/// Keeps what a reader says in order: no empty pieces, one finish, and nothing after a failure.
package struct EventGate: Sendable {
    package private(set) var hasFinished = false
    package private(set) var hasFailed = false

    package init() {}

    package mutating func pass(_ event: ProviderEvent, _ emit: AnswerReader.Emit) {
        guard !hasFailed else { return }
        switch event {
        case .chat(.text("")), .chat(.thinking("")), .chat(.seal("")): return
        case .chat(.failure): hasFailed = true
        case .chat(.finish):
            guard !hasFinished else { return }
            hasFinished = true
        default: break
        }
        emit(event)
    }

    package mutating func pass(_ event: ChatEvent, _ emit: AnswerReader.Emit) {
        pass(.chat(event), emit)
    }

    package mutating func fail(_ failure: ChatFailure, _ emit: AnswerReader.Emit) {
        pass(.chat(.failure(failure)), emit)
    }
}
