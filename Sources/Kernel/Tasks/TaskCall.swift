import KernelBase
import KernelHosting
import KernelStore
import Synchronization

/// Hears what the call of a durable task says, on the threads of the module, and keeps it until
/// the engine looks.
final class TaskCall: CallListener {
    private struct State {
        var progress: TaskProgress?
        var output = OutputBuffer()
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

    func callFinished(_ outcome: CallOutcome) {
        ended(outcome)
    }

    func callProgressed(fraction: Double?, note: String) {
        add { state in
            let fraction = fraction.flatMap { $0.isFinite ? min(max($0, 0), 1) : nil }
            state.progress = TaskProgress(fraction: fraction, note: Self.cut(note))
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

    func take() -> (progress: TaskProgress?, output: [Payload]) {
        state.withLock { state in
            defer {
                state.progress = nil
                state.isTold = false
            }
            return (state.progress, state.output.takeAll())
        }
    }

    private static let noteBytesMax = 500

    private static func cut(_ note: String) -> String {
        guard note.utf8.count > noteBytesMax else { return note }
        return String(decoding: note.utf8.prefix(noteBytesMax), as: UTF8.self) + "…"
    }
}
