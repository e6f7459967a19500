import Synchronization

/// Tells a listener one thing after the other, in the order in which they came, and nothing after
/// the end. Whoever brings news while another thread is telling leaves them to that thread, so that
/// no lock is held while somebody listens.
final class AnsweringNews: Sendable {
    typealias Item = @Sendable (any AnsweringListener) -> Void

    private let listener: any AnsweringListener
    private let state = Mutex(State())

    private struct State {
        var waiting: [Item] = []
        var isTelling = false
        var hasEnded = false
    }

    init(for listener: any AnsweringListener) {
        self.listener = listener
    }

    func tell(isEnd: Bool = false, _ item: @escaping Item) {
        let tells = state.withLock { state -> Bool in
            guard !state.hasEnded else { return false }
            state.hasEnded = isEnd
            state.waiting.append(item)
            defer { state.isTelling = true }
            return !state.isTelling
        }
        guard tells else { return }
        while let items = next() {
            for item in items { item(listener) }
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
