import Synchronization

/// Runs jobs at a later moment, on a thread of its own that sleeps while there are none. For few
/// and short jobs: whoever has more to do hands it to a pool.
package final class Alarms: Sendable {
    package typealias Job = @Sendable () -> Void

    /// Names an alarm that may be called off.
    package struct Token: Sendable, Hashable {
        fileprivate let number: UInt64
    }

    private struct Alarm {
        let token: Token
        let dueNanoseconds: UInt64
        let job: Job
    }

    private struct State {
        var alarms: [Alarm] = []
        var lastToken: UInt64 = 0
        var isClosed = false
    }

    private let condition = Condition(State())

    package init() throws(SystemError) {
        try SystemThread.start(name: "alarms") { self.work() }
    }

    @discardableResult
    package func run(afterSeconds seconds: Double, _ job: @escaping Job) -> Token {
        let due = SystemClock.monotonicNanoseconds + SystemClock.nanoseconds(ofSeconds: seconds)
        return run(atNanoseconds: due, job)
    }

    @discardableResult
    package func run(atNanoseconds due: UInt64, _ job: @escaping Job) -> Token {
        let token = condition.withLock { state in
            state.lastToken += 1
            let token = Token(number: state.lastToken)
            guard !state.isClosed else { return token }
            state.alarms.append(Alarm(token: token, dueNanoseconds: due, job: job))
            return token
        }
        condition.signal()
        return token
    }

    /// Calls an alarm off; nothing happens if it has rung.
    package func cancel(_ token: Token) {
        // What the job holds is let go of after the lock.
        _ = condition.withLock { state in
            state.alarms.firstIndex { $0.token == token }.map { state.alarms.remove(at: $0) }
        }
    }

    /// Ends the thread. Alarms that have not rung never will; what they hold is let go of.
    package func close() {
        let dropped = condition.withLock { state in
            state.isClosed = true
            defer { state.alarms = [] }
            return state.alarms
        }
        condition.signal()
        // Freed here, and not while the lock is held: a job may hold whoever calls us.
        _ = consume dropped
    }

    private func work() {
        while let due = takeDue() {
            for alarm in due { alarm.job() }
        }
    }

    /// Waits for the next alarms; nil when there will be none any more.
    private func takeDue() -> [Alarm]? {
        while true {
            let next = condition.withLock { $0.alarms.map(\.dueNanoseconds).min() }
            let taken = condition.wait(untilNanoseconds: next) { state -> [Alarm]?? in
                if state.isClosed { return .some(nil) }
                // An earlier alarm may have come: the wait begins anew with its time.
                if state.alarms.map(\.dueNanoseconds).min() != next { return .some([]) }
                return nil
            }
            switch taken {
            case .some(.none): return nil
            case .some(.some): continue
            case .none: break
            }
            let now = SystemClock.monotonicNanoseconds
            return condition.withLock { state in
                let due = state.alarms.filter { $0.dueNanoseconds <= now }
                state.alarms.removeAll { $0.dueNanoseconds <= now }
                return due.sorted { $0.dueNanoseconds < $1.dueNanoseconds }
            }
        }
    }
}
