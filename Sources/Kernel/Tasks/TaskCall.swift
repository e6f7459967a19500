import KernelBase
import KernelHosting
import KernelStore
import Synchronization

/// Hears what the call of a durable task says, on the threads of the module, and keeps it until
/// the engine looks.
final class TaskCall: TaskListener {
    private struct State {
        var progress: TaskProgress?
        var output = OutputBuffer()
        var ran: AttemptEnd.Ran?
        /// The engine was told that there is something, and has not looked since.
        var isTold = false
    }

    private let state = Mutex(State())
    private let heard: @Sendable () -> Void
    private let ended: @Sendable (CallOutcome) -> Void

    /// `heard` says that there is something to take; `ended` comes once.
    init(
        heard: @escaping @Sendable () -> Void, ended: @escaping @Sendable (CallOutcome) -> Void
    ) {
        self.heard = heard
        self.ended = ended
    }

    /// What was settled last: a call that waited for a reload is run by another build.
    var ran: AttemptEnd.Ran? { state.withLock { $0.ran } }

    func callSettled(_ ran: AttemptEnd.Ran) {
        state.withLock { $0.ran = ran }
    }

    func callFinished(_ outcome: CallOutcome) {
        ended(outcome)
    }

    func callProgressed(fraction: Double?, note: String) {
        add { state in
            let fraction = fraction.flatMap { $0.isFinite ? min(max($0, 0), 1) : nil }
            state.progress = TaskProgress(
                fraction: fraction, note: note.cut(toBytes: Self.noteBytesMax, mark: "…"))
        }
    }

    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        add { $0.output.add(kind, piece) }
    }

    private func add(_ change: (inout State) -> Void) {
        let tells = state.withLock { state in
            change(&state)
            defer { state.isTold = true }
            return !state.isTold
        }
        if tells { heard() }
    }

    func takeProgress() -> TaskProgress? {
        state.withLock { state in
            defer { state.progress = nil }
            return state.progress
        }
    }

    /// From now on it is told of what comes next.
    func takeOutput() -> [Payload] {
        state.withLock { state in
            state.isTold = false
            return state.output.takeAll()
        }
    }

    /// They could not be kept.
    func putBack(_ pieces: [Payload]) {
        state.withLock { $0.output.putBack(pieces) }
    }

    private static let noteBytesMax = 500
}
