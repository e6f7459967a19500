import KernelModels
import ModuleChat
import Synchronization

/// Tells who listens to one exchange, in order, one thing at a time, and nothing after the end:
/// events come from the module's thread, and an end from any.
final class ProviderNews: Sendable {
    private enum Item {
        case event(ProviderEvent)
        case end(ChatFailure?)
    }

    private struct State {
        var waiting: [Item] = []
        var isTelling = false
        var hasEnded = false
    }

    private let listener: any ProviderListener
    private let state = Mutex(State())

    init(for listener: any ProviderListener) {
        self.listener = listener
    }

    func tell(_ event: ProviderEvent) { tell(.event(event)) }

    func end(_ failure: ChatFailure?) { tell(.end(failure)) }

    private func tell(_ item: Item) {
        let tells = state.withLock { state -> Bool in
            guard !state.hasEnded else { return false }
            if case .end = item { state.hasEnded = true }
            state.waiting.append(item)
            defer { state.isTelling = true }
            return !state.isTelling
        }
        guard tells else { return }
        while let items = next() {
            for item in items {
                switch item {
                case .event(let event): listener.took(event)
                case .end(let failure): listener.closed(failure)
                }
            }
        }
    }

    private func next() -> [Item]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isTelling = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
