/// What one answer wants done. If all of it only reads, it is judged and done side by side; else
/// one after the other, so that each is judged by what the ones before it have left.
struct TurnRound: Sendable {
    private var calls: [(call: TurnCall, state: State)]
    private let isParallel: Bool

    private enum State { case waiting, asked, running, ended }

    init(_ calls: [TurnCall]) {
        self.calls = calls.map { ($0, .waiting) }
        isParallel = calls.allSatisfy(\.onlyReads)
    }

    var isOver: Bool { calls.allSatisfy { $0.state == .ended } }
    var running: [String] { ids(.running) }

    func isAsked(_ id: String) -> Bool { state(id) == .asked }
    func isRunning(_ id: String) -> Bool { state(id) == .running }

    /// Those that are to be judged now.
    mutating func askNext() -> [String] {
        let waiting = ids(.waiting)
        let isBusy = calls.contains { $0.state == .asked || $0.state == .running }
        let next = isParallel ? waiting : isBusy ? [] : Array(waiting.prefix(1))
        for id in next { set(id, .asked) }
        return next
    }

    mutating func begin(_ id: String) { set(id, .running) }
    mutating func end(_ id: String) { set(id, .ended) }

    /// Ends all that has not begun.
    mutating func endOpen() -> (asked: [String], waiting: [String]) {
        let open = (ids(.asked), ids(.waiting))
        for id in open.0 + open.1 { set(id, .ended) }
        return open
    }

    private func state(_ id: String) -> State? { calls.first { $0.call.id == id }?.state }
    private func ids(_ state: State) -> [String] {
        calls.filter { $0.state == state }.map(\.call.id)
    }

    private mutating func set(_ id: String, _ state: State) {
        guard let index = calls.firstIndex(where: { $0.call.id == id }) else { return }
        calls[index].state = state
    }
}
