import Synchronization

/// Hands things on to somebody, one at a time and in the order in which they came, and nothing
/// after the last. Whoever brings one while another thread hands some on leaves it to that thread,
/// so that no lock is held while somebody listens.
package final class InTurn<Item: Sendable>: Sendable {
    private struct State {
        var waiting: [Item] = []
        var isHandingOn = false
        var hasEnded = false
    }

    private let receive: @Sendable (Item) -> Void
    private let state = Mutex(State())

    package init(_ receive: @escaping @Sendable (Item) -> Void) {
        self.receive = receive
    }

    package func add(_ item: Item, isLast: Bool = false) {
        let handsOn = state.withLock { state -> Bool in
            guard !state.hasEnded else { return false }
            state.hasEnded = isLast
            state.waiting.append(item)
            defer { state.isHandingOn = true }
            return !state.isHandingOn
        }
        guard handsOn else { return }
        while let items = next() {
            for item in items { receive(item) }
        }
    }

    private func next() -> [Item]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isHandingOn = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }
}
