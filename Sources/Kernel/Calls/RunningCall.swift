package import KernelBase
import KernelBuilds
import KernelFlight
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelResidence
import KernelSystem
import KernelWorkers
import Synchronization

/// One call between its beginning and its end: the end reaches the listener exactly once, from
/// whoever comes first.
package final class RunningCall: CallListener {
    package let id: UInt64
    let slot: ModuleSlot
    /// Whose threads it runs on.
    let pool: ThreadPool
    private let listener: any CallListener
    private let board: CallBoard
    private let startedNanoseconds: UInt64
    private let state: Mutex<State>

    private struct State {
        /// Of a call that a reload holds they are those of the build before.
        var facts: CallFacts
        /// nil while a reload holds the call.
        var generation: Generation?
        /// On the monotonic clock.
        var deadlineNanoseconds: UInt64
        var isEnded = false
        /// Has ended on a thread that it has not left yet: when that thread is given up.
        var lingersUntilNanoseconds: UInt64?
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
        facts: CallFacts, slot: ModuleSlot, generation: Generation?, deadlineNanoseconds: UInt64,
        listener: any CallListener, board: CallBoard, pool: ThreadPool
    ) {
        id = facts.id
        self.pool = pool
        self.slot = slot
        self.listener = listener
        self.board = board
        startedNanoseconds = facts.startedNanoseconds
        state = Mutex(
            State(
                facts: facts, generation: generation, deadlineNanoseconds: deadlineNanoseconds))
    }

    package var facts: CallFacts { state.withLock { $0.facts } }

    var generation: Generation? { state.withLock { $0.generation } }

    var deadlineNanoseconds: UInt64 { state.withLock { $0.deadlineNanoseconds } }

    /// The reload that held the call is over. False if the call has ended meanwhile.
    func enter(_ generation: Generation, _ facts: CallFacts, _ deadline: UInt64) -> Bool {
        state.withLock { state in
            guard !state.isEnded else { return false }
            state.generation = generation
            state.facts = facts
            state.deadlineNanoseconds = deadline
            return true
        }
    }

    package var progress: Progress? { state.withLock { $0.progress } }

    // MARK: CallListener

    package func callFinished(_ outcome: CallOutcome) {
        enum End {
            case late
            case left(Generation?)
            case lingers(Generation?)
        }
        let end = state.withLock { state -> End in
            guard !state.isEnded else { return .late }
            state.isEnded = true
            // A call in a process has left its generation when it began.
            let generation = state.facts.mode == .process ? nil : state.generation
            guard state.isOnThread, !state.lostItsThread else { return .left(generation) }
            state.lingersUntilNanoseconds = board.graceEndNanoseconds
            return .lingers(generation)
        }
        if case .late = end { return }
        FlightRecorder.callEnded(id)
        switch end {
        case .late:
            return
        case .left(let generation):
            board.remove(id)
            generation?.leave()
        case .lingers(let generation):
            // The module is expected to leave the thread at once.
            board.checkSoon(self)
            generation?.leave()
        }
        slot.statistics.count(outcome.status, startedNanoseconds: startedNanoseconds)
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

    /// The call goes to a worker that several share: it takes no thread here. False if it has
    /// ended, or was asked to.
    func begin() -> Bool {
        state.withLock { state in
            guard !state.isEnded, state.enforcement == nil else { return false }
            state.hasBegun = true
            return true
        }
    }

    /// The call has begun in a worker that several share.
    var isElsewhere: Bool {
        state.withLock { state in
            state.hasBegun && state.facts.mode != .process
                && state.generation?.home.isolation == .process
        }
    }

    var hasBegun: Bool { state.withLock { $0.hasBegun } }

    /// True if the thread had been given up for lost meanwhile.
    func leaveThread() -> Bool {
        let (isEnded, wasLost) = state.withLock { state in
            state.isOnThread = false
            state.lingersUntilNanoseconds = nil
            return (state.isEnded, state.lostItsThread)
        }
        if isEnded { board.remove(id) }
        return wasLost
    }

    /// The caller will not wait for the call's thread any more. True if the call occupies one.
    func loseThread() -> Bool {
        state.withLock { state in
            guard state.isOnThread, !state.lostItsThread else { return false }
            state.lostItsThread = true
            state.lingersUntilNanoseconds = nil
            return true
        }
    }

    func runs(in worker: WorkerProcess?) {
        let reason = state.withLock { state -> CancelReason? in
            state.worker = worker
            return state.enforcement?.reason
        }
        if let reason { worker?.cancel(id, reason) }
    }

    // MARK: Ending it

    /// Asks the call to end; if it has not after the grace, the board enforces it.
    func requestEnd(_ reason: CancelReason, graceSeconds: Double) {
        let now = SystemClock.monotonicNanoseconds
        let asked = state.withLock { state -> State? in
            guard state.enforcement == nil, !state.isEnded else { return nil }
            state.enforcement = (now + UInt64(graceSeconds * 1e9), reason)
            return state
        }
        guard let asked else { return }
        if asked.facts.mode != .process {
            asked.generation?.instanceIfPresent?.cancel(id, reason)
        } else if let worker = asked.worker {
            worker.cancel(id, reason)
        } else {
            asked.generation?.workers.reconsider()
        }
    }

    /// The next moment at which somebody has to look after this call; nil for never: once there is
    /// a thread that waits for a call in a process, that thread looks after it.
    var nextCheckNanoseconds: UInt64? {
        state.withLock { state in
            if state.isEnded { return state.lingersUntilNanoseconds }
            guard state.facts.mode != .process || !state.hasBegun else { return nil }
            return state.enforcement?.nanoseconds
                ?? (state.deadlineNanoseconds == 0 ? nil : state.deadlineNanoseconds)
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
