import KernelStore
import Synchronization

/// Gathers answers that come one by one, and says them all once, in the order of ids.
final class TaskCollector: Sendable {
    private struct State {
        var records: [TaskRecord] = []
        var missing: Int
    }

    private let state: Mutex<State>
    private let done: @Sendable ([TaskRecord]) -> Void

    init(count: Int, _ done: @escaping @Sendable ([TaskRecord]) -> Void) {
        state = Mutex(State(missing: count))
        self.done = done
        if count == 0 { done([]) }
    }

    func take(_ record: TaskRecord?) {
        let all = state.withLock { state -> [TaskRecord]? in
            if let record { state.records.append(record) }
            state.missing -= 1
            return state.missing == 0 ? state.records : nil
        }
        if let all { done(all.sorted { $0.id < $1.id }) }
    }
}
