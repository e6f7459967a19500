import KernelHTTP
import Synchronization

/// A question to a server of this machine whose answer is small and comes soon.
final class ShortRequest: HTTPListener {
    struct Answer: Sendable {
        /// 0: there was none.
        let status: Int
        let body: [UInt8]
    }

    private struct State {
        var status = 0
        var body: [UInt8] = []
        var done: (@Sendable (Answer) -> Void)?
    }

    private let state: Mutex<State>

    private static let bodyBytesMax = 4 << 20
    private static let connectSeconds = 2.0
    private static let totalSeconds = 10.0

    private init(_ done: @escaping @Sendable (Answer) -> Void) {
        state = Mutex(State(done: done))
    }

    /// `done` is told once, on the thread of the client.
    static func get(
        _ url: String, key: String?, _ client: HTTPClient,
        _ done: @escaping @Sendable (Answer) -> Void
    ) {
        var request = HTTPRequest(url)
        if let key { request.headers = [HTTPHeader("Authorization", "Bearer \(key)")] }
        request.limits.connectSeconds = connectSeconds
        request.limits.firstByteSeconds = totalSeconds
        request.limits.totalSeconds = totalSeconds
        request.limits.bodyBytesMax = bodyBytesMax
        request.reach = .everything
        client.begin(request, ShortRequest(done))
    }

    func responded(_ head: HTTPHead) {
        state.withLock { $0.status = head.status }
    }

    func received(_ piece: [UInt8]) {
        state.withLock { $0.body += piece }
    }

    func ended(_ failure: HTTPFailure?) {
        let last = state.withLock { state in
            defer { state = State() }
            return state
        }
        last.done?(Answer(status: failure == nil ? last.status : 0, body: last.body))
    }
}
