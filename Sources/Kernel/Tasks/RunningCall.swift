package import KernelBase
import KernelHosting
import KernelLoader
import KernelSystem
import KernelWorkers
import Synchronization

/// One call between its beginning and its end: the end reaches the listener exactly once, from
/// whoever comes first.
package final class RunningCall: CallListener {
    package let facts: CallFacts
    let slot: ModuleSlot
    let generation: Generation
    let task: TaskDescription
    /// On the monotonic clock.
    let deadlineNanoseconds: UInt64
    private let listener: any CallListener
    private let board: CallBoard
    private let state = Mutex(State())

    private struct State {
        var isEnded = false
        var worker: WorkerProcess?
        var hasBegun = false
        var isOnThread = false
        var lostItsThread = false
        /// Asked to end: when that is to be enforced, and why.
        var enforcement: (nanoseconds: UInt64, reason: CancelReason)?
        var progress: Progress?
    }

    package struct Progress: Sendable, Hashable {
        package let fraction: Double?
        package let note: String
    }

    init(
        facts: CallFacts, slot: ModuleSlot, generation: Generation, task: TaskDescription,
        deadlineNanoseconds: UInt64, listener: any CallListener, board: CallBoard
    ) {
        self.facts = facts
        self.slot = slot
        self.generation = generation
        self.task = task
        self.deadlineNanoseconds = deadlineNanoseconds
        self.listener = listener
        self.board = board
    }

    package var progress: Progress? { state.withLock { $0.progress } }

    // MARK: CallListener

    package func callFinished(_ outcome: CallOutcome) {
        let isFirst = state.withLock { state in
            defer { state.isEnded = true }
            return !state.isEnded
        }
        guard isFirst else { return }
        board.remove(facts.id)
        if facts.mode != .process { generation.leave() }
        slot.statistics.count(outcome.status)
        listener.callFinished(outcome)
    }

    package func callProgressed(fraction: Double?, note: String) {
        state.withLock { $0.progress = Progress(fraction: fraction, note: note) }
        listener.callProgressed(fraction: fraction, note: note)
    }

    package func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        listener.callPrinted(kind, piece)
    }

    // MARK: Where it runs

    /// The calling thread is the call's until `leaveThread`. False if the call has ended, or was
    /// asked to, while it waited for the thread.
    func enterThread() -> Bool {
        state.withLock { state in
            guard !state.isEnded, state.enforcement == nil else { return false }
            state.hasBegun = true
            state.isOnThread = true
            return true
        }
    }

    var hasBegun: Bool { state.withLock { $0.hasBegun } }

    /// True if the thread had been given up for lost meanwhile.
    func leaveThread() -> Bool {
        state.withLock { state in
            state.isOnThread = false
            return state.lostItsThread
        }
    }

    /// The caller will not wait for the call's thread any more. True if the call occupies one.
    func loseThread() -> Bool {
        state.withLock { state in
            guard state.isOnThread, !state.lostItsThread else { return false }
            state.lostItsThread = true
            return true
        }
    }

    var hasWorker: Bool { state.withLock { $0.worker != nil } }

    func runs(in worker: WorkerProcess?) {
        let reason = state.withLock { state -> CancelReason? in
            state.worker = worker
            return state.enforcement?.reason
        }
        if let reason { worker?.cancel(facts.id, reason) }
    }

    // MARK: Ending it

    /// Asks the call to end; if it has not after the grace, the board enforces it.
    func requestEnd(_ reason: CancelReason, graceSeconds: Double) {
        let now = SystemClock.monotonicNanoseconds
        let (isNew, worker) = state.withLock { state -> (Bool, WorkerProcess?) in
            guard state.enforcement == nil, !state.isEnded else { return (false, nil) }
            state.enforcement = (now + UInt64(graceSeconds * 1e9), reason)
            return (true, state.worker)
        }
        guard isNew else { return }
        if facts.mode == .process {
            worker?.cancel(facts.id, reason)
            if worker == nil { generation.workers.reconsider() }
        } else {
            generation.instanceIfPresent?.cancel(facts.id, reason)
        }
    }

    /// The next moment at which somebody has to look after this call; nil for never: once there is
    /// a thread that waits for a call in a process, that thread looks after it.
    var nextCheckNanoseconds: UInt64? {
        state.withLock { state in
            guard facts.mode != .process || !state.hasBegun else { return nil }
            return state.enforcement?.nanoseconds
                ?? (deadlineNanoseconds == 0 ? nil : deadlineNanoseconds)
        }
    }

    /// Why the call must end now, if its grace is over.
    func overdueReason(now: UInt64) -> CancelReason? {
        state.withLock { state in
            guard let enforcement = state.enforcement, now >= enforcement.nanoseconds else {
                return nil
            }
            return enforcement.reason
        }
    }

    var isEnded: Bool { state.withLock { $0.isEnded } }

    var isAskedToEnd: Bool { endReason != nil }

    var endReason: CancelReason? { state.withLock { $0.enforcement?.reason } }
}
