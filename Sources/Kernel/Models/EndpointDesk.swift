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
        /// By all that could be the cause of a failure. Who changes an endpoint begins anew; a
        /// question that still runs with what was before keeps that.
        var entries: [Place: Entry] = [:]
        /// Keys that were refused are so for every model.
        var refused: [ModelEndpoint: KeyRing] = [:]
        var uses: UInt64 = 0
    }

    /// Of one server each model has limits and troubles of its own, and so have orders that are no
    /// chats, for which it stands nil.
    private struct Place: Hashable {
        let endpoint: ModelEndpoint
        let model: String?

        init(_ endpoint: ModelEndpoint, _ model: String?) {
            var server = endpoint
            // Who asks may have another patience; the server is the same.
            server.limits = HTTPLimits()
            self.endpoint = server
            self.model = model
        }
    }

    /// Whoever was let in says once what came of it: `worked`, `failed` or `saidNothing`.
    struct Pass: Sendable {
        let endpoint: ModelEndpoint
        let model: String?
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
    func keys(of endpoint: ModelEndpoint, model: String? = nil) -> KeyRing {
        change(endpoint, model) { entry, refused in
            refused.map { entry.keys.with($0) } ?? entry.keys
        }
    }

    /// Whether the server is asked now. `whenTried` is called once if somebody else tries it just
    /// now, when that has ended.
    func enter(
        _ endpoint: ModelEndpoint, model: String? = nil, now: UInt64,
        whenTried: @escaping @Sendable () -> Void
    ) -> Entrance {
        change(endpoint, model) { entry, _ in
            switch entry.circuit.enter(now: now) {
            case .open(let trial):
                return .entered(Pass(endpoint: endpoint, model: model, trial: trial))
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
        let kept = change(endpoint, nil) { entry, _ in
            entry.circuit.shutUntil(now: now).map { Self.shut(endpoint, $0, entry, now) }
        }
        guard case .kept(var failure, let seconds?)? = kept else { return nil }
        failure.message += "; it is to be asked again in \(Span.words(seconds)), not before"
        return failure
    }

    private static func shut(
        _ endpoint: ModelEndpoint, _ until: UInt64, _ entry: Entry, _ now: UInt64
    ) -> Entrance {
        let seconds = Double(until - now) / 1e9
        // How long is said where it is counted down.
        var failure = failure(endpoint, "is left alone for a while", entry)
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
        let waiting = change(pass.endpoint, pass.model) { entry, refused in
            entry.circuit.worked()
            entry.keys.worked(key)
            refused?.worked(key)
            return Self.takeWaiting(&entry, after: pass)
        }
        for goOn in waiting { goOn() }
    }

    func saidNothing(_ pass: Pass) {
        let waiting = change(pass.endpoint, pass.model) { entry, _ in
            entry.circuit.saidNothing(trial: pass.trial)
            return Self.takeWaiting(&entry, after: pass)
        }
        for goOn in waiting { goOn() }
    }

    func failed(_ pass: Pass, key: Int, _ failure: ChatFailure, now: UInt64) {
        let (waiting, warning) = change(pass.endpoint, pass.model) { entry, refused in
            if Circuit.isOfServer(failure) {
                entry.circuit.failed(failure, trial: pass.trial, now: now)
            } else {
                entry.circuit.saidNothing(trial: pass.trial)
            }
            var ring = entry.keys
            if failure.kind == .authentication { ring = refused ?? KeyRing(count: ring.count) }
            let warning = Self.rest(key, &ring, pass.endpoint, failure, now)
            if failure.kind == .authentication { refused = ring } else { entry.keys = ring }
            return (Self.takeWaiting(&entry, after: pass), warning)
        }
        if let warning { warn(warning) }
        for goOn in waiting { goOn() }
    }

    /// Of an order that is no chat.
    func worked(_ endpoint: ModelEndpoint, key: Int) {
        worked(Pass(endpoint: endpoint, model: nil, trial: nil), key: key)
    }

    /// Of an order that is no chat: its key rests as any, and the server has failed.
    func failed(_ endpoint: ModelEndpoint, key: Int, _ failure: ChatFailure, now: UInt64) {
        failed(Pass(endpoint: endpoint, model: nil, trial: nil), key: key, failure, now: now)
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
        _ key: Int, _ keys: inout KeyRing, _ endpoint: ModelEndpoint, _ failure: ChatFailure,
        _ now: UInt64
    ) -> String? {
        let count = keys.count
        let seconds: Double
        switch failure.kind {
        case .rateLimit, .quota:
            let asked = failure.retryAfterSeconds
            seconds = count > 1 ? max(asked ?? restSeconds, restSecondsMin) : asked ?? 0
        // The only one is asked in any case.
        case .authentication where count > 1: seconds = refusedSeconds
        default: return nil
        }
        let before = keys.rest(of: key, now: now)
        let until = now + SystemClock.nanoseconds(ofSeconds: min(seconds, restSecondsMax))
        keys.rest(key, untilNanoseconds: until, because: failure)
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
        _ endpoint: ModelEndpoint, _ model: String?,
        _ body: (inout Entry, inout KeyRing?) -> Result
    ) -> Result {
        let place = Place(endpoint, model)
        let (result, forgotten) = state.withLock { state -> (Result, Entry?) in
            state.uses += 1
            var entry =
                state.entries.removeValue(forKey: place)
                ?? Entry(keys: KeyRing(count: max(1, endpoint.keys.count)))
            entry.lastUse = state.uses
            let result = body(&entry, &state.refused[place.endpoint])
            state.entries[place] = entry
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
        if !state.entries.keys.contains(where: {
            $0.endpoint == oldest.key.endpoint && $0.model != oldest.key.model
        }) {
            state.refused[oldest.key.endpoint] = nil
        }
        return state.entries.removeValue(forKey: oldest.key)
    }
}
