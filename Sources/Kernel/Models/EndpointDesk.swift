import KernelBase
import KernelHTTP
import KernelSystem
import ModuleChat
import Synchronization

/// What is known of the servers while the kernel runs: which keys rest, and which servers are left
/// alone for a while.
package final class EndpointDesk: Sendable {
    private struct Entry {
        var keys: KeyRing
        var circuit = Circuit()
        /// Who goes on when the trial has ended.
        var waiting: [@Sendable () -> Void] = []
        /// Raised with each use of any.
        var lastUse: UInt64 = 0
    }

    private struct State {
        /// By all of the endpoint that could be the cause of a failure. Who changes it begins anew;
        /// a question that still runs with what was before keeps that.
        var entries: [ModelEndpoint: Entry] = [:]
        var uses: UInt64 = 0
    }

    /// Whoever was let in says once what came of it: `worked`, `failed` or `saidNothing`.
    struct Pass: Sendable {
        let endpoint: ModelEndpoint
        fileprivate let trial: UInt64?
    }

    enum Entrance: Sendable {
        case entered(Pass)
        /// Nil: until somebody else knows whether the server works again.
        case kept(ChatFailure, seconds: Double?)
    }

    private let state = Mutex(State())
    private let warn: @Sendable (String) -> Void

    /// So many are remembered; the one that was not asked for the longest time is forgotten.
    private static let entriesMax = 64
    /// So long rests a key that met a limit which the server gave no end of, while others serve.
    private static let restSeconds = 20.0
    /// Of several keys; one that is awake at once would be asked again before the others.
    private static let restSecondsMin = 1.0
    private static let restSecondsMax = 86_400.0
    /// A key that was refused, of several.
    private static let refusedSeconds = 3_600.0

    package init(warn: @escaping @Sendable (String) -> Void = { _ in }) {
        self.warn = warn
    }

    /// The keys of the endpoint, one for a server that takes none.
    func keys(of endpoint: ModelEndpoint) -> KeyRing {
        change(endpoint) { $0.keys }
    }

    /// Whether the server is asked now. `whenTried` is called once if somebody else tries it just
    /// now, when that has ended.
    func enter(
        _ endpoint: ModelEndpoint, now: UInt64, whenTried: @escaping @Sendable () -> Void
    ) -> Entrance {
        change(endpoint) { entry in
            switch entry.circuit.enter(now: now) {
            case .open(let trial): return .entered(Pass(endpoint: endpoint, trial: trial))
            case .shut(let until): return Self.shut(endpoint, until, entry, now)
            case .tried:
                entry.waiting.append(whenTried)
                let failure = Self.failure(
                    endpoint, "is being tried just now by another question", entry)
                return .kept(failure, seconds: nil)
            }
        }
    }

    /// Why nothing is asked of the server now; nil: it may be. Of orders that do not say whether
    /// it can chat.
    func refusal(of endpoint: ModelEndpoint, now: UInt64) -> ChatFailure? {
        let kept = change(endpoint) { entry in
            entry.circuit.shutUntil(now: now).map { Self.shut(endpoint, $0, entry, now) }
        }
        guard case .kept(let failure, _)? = kept else { return nil }
        return failure
    }

    private static func shut(
        _ endpoint: ModelEndpoint, _ until: UInt64, _ entry: Entry, _ now: UInt64
    ) -> Entrance {
        let seconds = Double(until - now) / 1e9
        var failure = failure(
            endpoint, "is left alone for \(Int(seconds.rounded(.up))) s", entry)
        failure.retryAfterSeconds = seconds
        return .kept(failure, seconds: seconds)
    }

    private static func failure(
        _ endpoint: ModelEndpoint, _ fate: String, _ entry: Entry
    ) -> ChatFailure {
        let why = entry.circuit.lastFailure.map { ": \($0.message)" } ?? ""
        return ChatFailure(
            .overloaded, "\(endpoint.name) failed several times in a row and \(fate)\(why)")
    }

    // MARK: What came of it

    func worked(_ pass: Pass, key: Int) {
        let waiting = change(pass.endpoint) { entry in
            entry.circuit.worked()
            entry.keys.worked(key)
            return Self.takeWaiting(&entry, after: pass)
        }
        for goOn in waiting { goOn() }
    }

    func saidNothing(_ pass: Pass) {
        let waiting = change(pass.endpoint) { entry in
            entry.circuit.saidNothing(trial: pass.trial)
            return Self.takeWaiting(&entry, after: pass)
        }
        for goOn in waiting { goOn() }
    }

    func failed(_ pass: Pass, key: Int, _ failure: ChatFailure, now: UInt64) {
        let (waiting, warning) = change(pass.endpoint) { entry in
            if Circuit.isOfServer(failure) {
                entry.circuit.failed(failure, trial: pass.trial, now: now)
            } else {
                entry.circuit.saidNothing(trial: pass.trial)
            }
            let warning = Self.rest(key, &entry, pass.endpoint, failure, now)
            return (Self.takeWaiting(&entry, after: pass), warning)
        }
        if let warning { warn(warning) }
        for goOn in waiting { goOn() }
    }

    /// Of an order that is no chat: its key rests as any, and the server has failed; that it worked
    /// would say nothing.
    func failed(_ endpoint: ModelEndpoint, key: Int, _ failure: ChatFailure, now: UInt64) {
        failed(Pass(endpoint: endpoint, trial: nil), key: key, failure, now: now)
    }

    private static func takeWaiting(
        _ entry: inout Entry, after pass: Pass
    ) -> [@Sendable () -> Void] {
        guard pass.trial != nil else { return [] }
        defer { entry.waiting = [] }
        return entry.waiting
    }

    /// What the person is to know of it, once.
    private static func rest(
        _ key: Int, _ entry: inout Entry, _ endpoint: ModelEndpoint, _ failure: ChatFailure,
        _ now: UInt64
    ) -> String? {
        let count = entry.keys.count
        let seconds: Double
        switch failure.kind {
        case .rateLimit, .quota:
            let asked = failure.retryAfterSeconds
            seconds = count > 1 ? max(asked ?? restSeconds, restSecondsMin) : asked ?? 0
        // The only one is asked in any case.
        case .authentication where count > 1: seconds = refusedSeconds
        default: return nil
        }
        let before = entry.keys.rest(of: key, now: now)
        let until = now + SystemClock.nanoseconds(ofSeconds: min(seconds, restSecondsMax))
        entry.keys.rest(key, untilNanoseconds: until, because: failure)
        guard count > 1, before?.isRefused != true,
            before == nil || failure.kind == .authentication
        else { return nil }
        let place = "key \(key + 1) of the \(count) of [providers.\(endpoint.name)]"
        return failure.kind == .authentication
            ? "\(place) was refused and is left aside for \(Span.words(seconds)): correct it or "
                + "take it out (\(failure.message))"
            : "\(place) met a limit and rests for \(Span.words(seconds)) (\(failure.message))"
    }

    // MARK: Entries

    private func change<Result: Sendable>(
        _ endpoint: ModelEndpoint, _ body: (inout Entry) -> Result
    ) -> Result {
        var server = endpoint
        // Who asks may have another patience; the server is the same.
        server.limits = HTTPLimits()
        let (result, forgotten) = state.withLock { state -> (Result, Entry?) in
            state.uses += 1
            var entry =
                state.entries.removeValue(forKey: server)
                ?? Entry(keys: KeyRing(count: max(1, endpoint.keys.count)))
            entry.lastUse = state.uses
            let result = body(&entry)
            state.entries[server] = entry
            return (result, Self.forgetOne(&state))
        }
        // Nobody tries there any more as far as is known: those who waited look for themselves.
        for goOn in forgotten?.waiting ?? [] { goOn() }
        return result
    }

    private static func forgetOne(_ state: inout State) -> Entry? {
        guard state.entries.count > entriesMax,
            let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return nil }
        return state.entries.removeValue(forKey: oldest.key)
    }
}
