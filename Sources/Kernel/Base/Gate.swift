import Synchronization

/// Lets somebody go on once so many have passed, or somebody opens it.
package final class Gate: Sendable {
    private struct State {
        var left: Int
        var isOpen = false
    }

    private let state: Mutex<State>
    private let then: @Sendable () -> Void

    package init(_ count: Int, _ then: @escaping @Sendable () -> Void) {
        state = Mutex(State(left: count))
        self.then = then
        if count == 0 { open() }
    }

    package func pass() {
        let isLast = state.withLock { state in
            state.left -= 1
            return state.left == 0
        }
        if isLast { open() }
    }

    package func open() {
        let isFirst = state.withLock { state in
            defer { state.isOpen = true }
            return !state.isOpen
        }
        if isFirst { then() }
    }
}
