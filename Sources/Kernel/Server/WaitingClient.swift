import KernelStore
import KernelSystem
import KernelTasks
import KernelWire
import Synchronization

/// A client that waits for the end of a task. It is answered once: by that end, or by how the task
/// is when its time is over. When nobody waits any more, nothing is left of it.
final class WaitingClient: Sendable {
    private let session: Session
    private let desk: TaskDesk
    private let task: TaskID
    private let request: RequestID
    private let state = Mutex(State())

    private struct State {
        var isOver = false
        var wait: TaskWait?
        var alarm: Alarms.Token?
    }

    init(_ session: Session, _ desk: TaskDesk, _ task: TaskID, request: RequestID) {
        self.session = session
        self.desk = desk
        self.task = task
        self.request = request
    }

    func begin(timeoutSeconds: Double?) {
        let wait = desk.engine.wait(for: task) { result in
            guard self.end() else { return }
            self.answer(result.map { TaskView($0) }.mapError { WireError($0) })
        }
        let alarm = timeoutSeconds.map { seconds in
            session.server.alarms.run(afterSeconds: seconds) { self.timeIsOver() }
        }
        let isOver = state.withLock { state in
            state.wait = wait
            state.alarm = alarm
            return state.isOver
        }
        // The end was faster than this.
        if isOver { letGo() }
    }

    private func timeIsOver() {
        guard end() else { return }
        desk.records.task(task) { found in
            self.answer(found.map { TaskView($0) }.mapError { WireError($0) })
        }
    }

    private func answer(_ result: Result<TaskView, WireError>) {
        switch result {
        case .success(let view): session.reply(request, view)
        case .failure(let error): session.send(.failure(id: request, error))
        }
    }

    /// False if it was over before.
    @discardableResult
    func end() -> Bool {
        let isFirst = state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
        guard isFirst else { return false }
        letGo()
        session.remove(self)
        return true
    }

    private func letGo() {
        let (wait, alarm) = state.withLock { state in
            defer {
                state.wait = nil
                state.alarm = nil
            }
            return (state.wait, state.alarm)
        }
        if let wait { desk.engine.drop(wait, for: task) }
        if let alarm { session.server.alarms.cancel(alarm) }
    }
}
