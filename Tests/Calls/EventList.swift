import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelSystem
import Synchronization

/// What a kernel has told of, in order. Tests take it one after the other.
final class EventList: Sendable {
    private struct State {
        var events: [LoaderEvent] = []
        var lines: [LogLine] = []
        /// The events before this one were taken.
        var taken = 0
    }

    private let state = Condition(State())

    /// Generous: nothing waits for so long unless something is broken.
    private static let patienceNanoseconds: UInt64 = 60_000_000_000

    func add(_ event: LoaderEvent) {
        state.withLock { $0.events.append(event) }
        state.broadcast()
    }

    func add(_ line: LogLine) {
        state.withLock { $0.lines.append(line) }
        state.broadcast()
    }

    var events: [LoaderEvent] { state.withLock { $0.events } }
    var lines: [LogLine] { state.withLock { $0.lines } }
    var count: Int { state.withLock { $0.events.count } }
    var recent: [LoaderEvent] { events.suffix(5) }

    /// Waits for the next event that `match` wants; those before it are passed over.
    func next<Wanted>(_ match: (LoaderEvent) -> Wanted?) -> Wanted? {
        let deadline = SystemClock.monotonicNanoseconds + Self.patienceNanoseconds
        return state.wait(untilNanoseconds: deadline) { state in
            for (index, event) in state.events.enumerated().dropFirst(state.taken) {
                guard let wanted = match(event) else { continue }
                state.taken = index + 1
                return wanted
            }
            return nil
        }
    }

    /// Waits for any event that matches, taken or not, and takes none.
    func any(_ matches: (LoaderEvent) -> Bool) -> LoaderEvent? {
        let deadline = SystemClock.monotonicNanoseconds + Self.patienceNanoseconds
        return state.wait(untilNanoseconds: deadline) { $0.events.first(where: matches) }
    }

    /// Waits for a line of the log.
    func line(_ matches: (LogLine) -> Bool) -> LogLine? {
        let deadline = SystemClock.monotonicNanoseconds + Self.patienceNanoseconds
        return state.wait(untilNanoseconds: deadline) { $0.lines.first(where: matches) }
    }
}

/// Waits for the end of one call, and counts how often it was told.
final class WaitingListener: CallListener {
    private struct State {
        var id: UInt64 = 0
        var ends: [CallOutcome] = []
        var pieces: [[UInt8]] = []
        var notes: [String] = []
    }

    private let state = Condition(State())

    var id: UInt64 {
        get { state.withLock { $0.id } }
        set { state.withLock { $0.id = newValue } }
    }

    var ends: [CallOutcome] { state.withLock { $0.ends } }
    var pieces: [String] {
        state.withLock { $0.pieces }.map { String(decoding: $0, as: UTF8.self) }
    }
    var notes: [String] { state.withLock { $0.notes } }

    func callFinished(_ outcome: CallOutcome) {
        state.withLock { $0.ends.append(outcome) }
        state.broadcast()
    }

    func callProgressed(fraction: Double?, note: String) {
        state.withLock { $0.notes.append(note) }
    }

    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        state.withLock { $0.pieces.append(piece) }
    }

    func wait() -> CallOutcome {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return state.wait(untilNanoseconds: deadline) { $0.ends.first }
            ?? .failure(.misuse, "the test waited for a minute")
    }
}
