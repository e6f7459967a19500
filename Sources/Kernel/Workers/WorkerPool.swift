import KernelBase
package import KernelSystem
import Synchronization

/// The workers of one build of one module: made when they are needed, kept warm for a while, each
/// serving one call at a time.
package final class WorkerPool: Sendable {
    package typealias Maker = @Sendable () throws(WorkerFailure) -> WorkerProcess

    package struct Limits: Sendable, Hashable {
        package var workersMax: Int
        /// An idle worker is ended after this long.
        package var idleSeconds: Double
        /// A worker is replaced after so many calls; 1 gives each call a process of its own.
        package var callsMax: Int

        package init(workersMax: Int = 8, idleSeconds: Double = 60, callsMax: Int = 10_000) {
            self.workersMax = workersMax
            self.idleSeconds = idleSeconds
            self.callsMax = callsMax
        }
    }

    /// A worker for the time of one call.
    package struct Lease: Sendable {
        package let worker: WorkerProcess
        fileprivate let round: Int
    }

    private struct State {
        var idle: [(lease: Lease, sinceNanoseconds: UInt64)] = []
        var busy = 0
        var isRetired = false
        var isReaping = false
        /// Workers of an earlier round are not kept.
        var round = 0
    }

    private let condition = Condition(State())
    private let limits: Limits
    private let alarms: Alarms
    private let make: Maker

    package init(limits: Limits, alarms: Alarms, make: @escaping Maker) {
        self.limits = limits
        self.alarms = alarms
        self.make = make
    }

    package var counts: (idle: Int, busy: Int) {
        condition.withLock { ($0.idle.count, $0.busy) }
    }

    /// A worker for one call: a warm one, or a new one, or, when there are as many as allowed, the
    /// first that becomes free. Nil if the deadline (0: none) passes first, or if the call is not
    /// wanted any more: who changes that says so with `reconsider`.
    package func take(
        untilNanoseconds deadline: UInt64 = 0, isWanted: () -> Bool = { true }
    ) throws(WorkerFailure) -> Lease? {
        enum Turn {
            case warm(Lease)
            case new(round: Int)
            case unwanted
        }
        let turn = condition.wait(untilNanoseconds: deadline == 0 ? nil : deadline) {
            state -> Turn? in
            guard isWanted() else { return .unwanted }
            if let last = state.idle.popLast() {
                state.busy += 1
                return .warm(last.lease)
            }
            guard state.busy < self.limits.workersMax else { return nil }
            state.busy += 1
            return .new(round: state.round)
        }
        switch turn {
        case .warm(let lease): return lease
        case .new(let round): return Lease(worker: try makeCounted(), round: round)
        case .unwanted, nil: return nil
        }
    }

    /// Somebody who waits in `take` may not want a worker any more.
    package func reconsider() {
        condition.broadcast()
    }

    private func makeCounted() throws(WorkerFailure) -> WorkerProcess {
        do throws(WorkerFailure) {
            return try make()
        } catch {
            condition.withLock { $0.busy -= 1 }
            condition.signal()
            throw error
        }
    }

    /// The call is over. A worker that failed, or has served enough, is not used again.
    package func giveBack(_ lease: Lease, isSound: Bool) {
        let now = SystemClock.monotonicNanoseconds
        let (keeps, startsReaping) = condition.withLock { state in
            state.busy -= 1
            guard isSound, !state.isRetired, lease.round == state.round,
                lease.worker.callsServed < limits.callsMax
            else { return (false, false) }
            state.idle.append((lease, now))
            defer { state.isReaping = true }
            return (true, !state.isReaping)
        }
        condition.signal()
        if !keeps { lease.worker.kill() }
        if startsReaping { reapLater() }
    }

    /// Ends the idle workers now and each busy one after its call; no more are kept.
    package func retire() {
        condition.withLock { $0.isRetired = true }
        renew()
    }

    /// Ends the idle workers now and each busy one after its call: those made from now on see the
    /// configuration as it is.
    package func renew() {
        let idle = condition.withLock { state in
            state.round += 1
            defer { state.idle = [] }
            return state.idle
        }
        for entry in idle { entry.lease.worker.kill() }
    }

    private func reapLater() {
        alarms.run(afterSeconds: limits.idleSeconds) { [weak self] in self?.reap() }
    }

    private func reap() {
        let quiet = UInt64(limits.idleSeconds * 1e9)
        let now = SystemClock.monotonicNanoseconds
        let (old, goesOn) = condition.withLock { state in
            // One may have been given back since the clock was read.
            let old = state.idle.filter { $0.sinceNanoseconds + quiet <= now }
            state.idle.removeAll { $0.sinceNanoseconds + quiet <= now }
            state.isReaping = !state.idle.isEmpty
            return (old, state.isReaping)
        }
        for entry in old { entry.lease.worker.kill() }
        if goesOn { reapLater() }
    }
}
