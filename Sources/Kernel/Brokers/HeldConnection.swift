import KernelBase
import KernelHTTP
import KernelHosting
import KernelSystem
import Synchronization

/// One connection of a module, from its order to its end. The module's descriptor and the one that
/// is kept here are the same connection: shut down here, it is over for both.
final class HeldConnection: ErrandWork, HTTPListener {
    private let line: ErrandLine
    private let client: HTTPClient
    private let permission: NetworkPermission
    private let server: ServerPlace
    private let state: Mutex<State>

    private struct State {
        var exchange: HTTPClient.Exchange?
        /// The connection, once there is one.
        var kept: PassedDescriptor?
        var hasEnded = false
        var endings: [@Sendable () -> Void]
    }

    /// What the module hears of: the number is its descriptor.
    private static let newsOpen: UInt32 = 1

    /// `left` is told of the end.
    init(
        _ line: ErrandLine, _ client: HTTPClient, _ permission: NetworkPermission,
        _ server: ServerPlace, left: @escaping @Sendable () -> Void
    ) {
        self.line = line
        self.client = client
        self.permission = permission
        self.server = server
        state = Mutex(State(endings: [left]))
    }

    /// Calls this at the end, which may have been.
    func whenEnded(_ job: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.hasEnded { state.endings.append(job) }
            return state.hasEnded
        }
        if isLate { job() }
    }

    func begin(_ request: HTTPRequest) {
        let exchange = client.begin(request, self)
        let isOver = state.withLock { state in
            state.exchange = exchange
            return state.hasEnded
        }
        if isOver { client.cancel(exchange) }
    }

    // MARK: From the module

    func hasRoom() {}

    func cancel() {
        end(.failure(.cancelled, "\(ConnectBroker.service): the connection was ended"))
    }

    // MARK: From the network

    func responded(_ head: HTTPHead) {}

    func received(_ piece: [UInt8]) {}

    func connected(_ connection: consuming FileDescriptor) {
        do throws(SystemError) {
            let kept = PassedDescriptor(try connection.duplicate())
            guard keep(kept) else { return }
            line.hand(PassedDescriptor(connection), ErrandNews(Self.newsOpen, []))
        } catch {
            end(.failure(.failed, "\(ConnectBroker.service): \(server) was reached, but \(error)"))
        }
    }

    /// False if it comes too late.
    private func keep(_ connection: PassedDescriptor) -> Bool {
        state.withLock { state in
            if !state.hasEnded { state.kept = connection }
            return !state.hasEnded
        }
    }

    func ended(_ failure: HTTPFailure?) {
        guard let failure else { return }
        end(failure.outcome(of: ConnectBroker.service, permission, server))
    }

    // MARK: The end

    /// The first end counts.
    func end(_ outcome: CallOutcome) {
        let ending = state.withLock { state -> State? in
            guard !state.hasEnded else { return nil }
            let ending = state
            state.hasEnded = true
            state.kept = nil
            state.endings = []
            return ending
        }
        guard let ending else { return }
        if let connection = ending.kept?.take() {
            UnixSocket.shutDown(connection)
        } else if let exchange = ending.exchange {
            client.cancel(exchange)
        }
        for job in ending.endings { job() }
        line.end(outcome)
    }
}
