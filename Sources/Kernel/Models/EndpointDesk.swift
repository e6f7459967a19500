import KernelBase
import KernelSystem
import ModuleChat
import Synchronization

/// What is known of the servers while the kernel runs: which keys rest, and which servers are left
/// alone for a while.
package final class EndpointDesk: Sendable {
    private struct Entry {
        var keys: KeyRing
        var secrets: [String]
        var circuit = Circuit()
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// So long rests a key that met a limit which the server gave no end of, while others serve.
    private static let restSeconds = 20.0
    private static let restSecondsMax = 86_400.0

    package init() {}

    /// The keys of the endpoint, one for a server that takes none.
    func keys(of endpoint: ModelEndpoint) -> KeyRing {
        entries.withLock { Self.entry(&$0, endpoint).keys }
    }

    /// Why the server is not asked now; nil: it is.
    func enter(_ endpoint: ModelEndpoint, now: UInt64) -> ChatFailure? {
        entries.withLock { entries in
            var entry = Self.entry(&entries, endpoint)
            defer { entries[endpoint.name] = entry }
            guard case .shut(let until) = entry.circuit.enter(now: now) else { return nil }
            let seconds = Double(until - now) / 1e9
            let why = entry.circuit.lastFailure.map { ": \($0.message)" } ?? ""
            return ChatFailure(
                .overloaded,
                "\(endpoint.name) failed several times in a row and is left alone for "
                    + "\(Int(seconds.rounded(.up))) s\(why)", retryAfterSeconds: seconds)
        }
    }

    func worked(_ endpoint: ModelEndpoint, key: Int) {
        change(endpoint) { entry in
            entry.circuit.worked()
            entry.keys.worked(key)
        }
    }

    func failed(_ endpoint: ModelEndpoint, key: Int, _ failure: ChatFailure, now: UInt64) {
        change(endpoint) { entry in
            if Circuit.isOfServer(failure) {
                entry.circuit.failed(failure, now: now)
            } else {
                entry.circuit.saidNothing()
            }
            guard failure.kind == .rateLimit || failure.kind == .quota else { return }
            let usual = entry.keys.count > 1 ? Self.restSeconds : 0
            let seconds = min(failure.retryAfterSeconds ?? usual, Self.restSecondsMax)
            entry.keys.rest(key, untilNanoseconds: now + UInt64(max(0, seconds) * 1e9))
        }
    }

    private func change(_ endpoint: ModelEndpoint, _ body: (inout Entry) -> Void) {
        entries.withLock { entries in
            var entry = Self.entry(&entries, endpoint)
            body(&entry)
            entries[endpoint.name] = entry
        }
    }

    /// Other keys than before begin anew.
    private static func entry(
        _ entries: inout [String: Entry], _ endpoint: ModelEndpoint
    ) -> Entry {
        if let known = entries[endpoint.name], known.secrets == endpoint.keys { return known }
        let entry = Entry(
            keys: KeyRing(count: max(1, endpoint.keys.count)), secrets: endpoint.keys)
        entries[endpoint.name] = entry
        return entry
    }
}
