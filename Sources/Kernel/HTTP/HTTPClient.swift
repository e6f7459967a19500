import KernelSystem
import Synchronization

/// Asks servers over HTTP: every exchange of the process runs on one thread, which begins with
/// the first. Until then libcurl is not even mapped.
package final class HTTPClient: Sendable {
    package struct Exchange: Sendable, Hashable {
        fileprivate let number: UInt64
    }

    private struct State {
        var orders = HTTPOrders()
        var lastNumber: UInt64 = 0
        var isStarted = false
        var waker: HTTPWaker?
        /// Why no exchange can begin any more.
        var failure: HTTPFailure?

        mutating func takeOrders() -> HTTPOrders {
            defer { orders = HTTPOrders() }
            return orders
        }
    }

    private let state = Mutex(State())

    package init() {}

    /// Begins an exchange. The listener hears of its end in any case, perhaps before this returns.
    @discardableResult
    package func begin(_ request: HTTPRequest, _ listener: any HTTPListener) -> Exchange {
        let problem = request.problem
        let (number, failure) = state.withLock { state -> (UInt64, HTTPFailure?) in
            state.lastNumber += 1
            let number = state.lastNumber
            guard problem == nil else { return (number, problem) }
            guard state.failure == nil else { return (number, state.failure) }
            if let failure = start(&state) { return (number, failure) }
            state.orders.begins.append(HTTPOrders.Begin(number, request, listener))
            state.waker?.wake()
            return (number, nil)
        }
        if let failure { listener.ended(failure) }
        return Exchange(number: number)
    }

    /// Ends an exchange at once; one that has ended is left alone.
    package func cancel(_ exchange: Exchange) {
        post { $0.cancels.append(exchange.number) }
    }

    /// The listener takes pieces again. Nothing happens if it never was full.
    package func resume(_ exchange: Exchange) {
        post { $0.resumes.append(exchange.number) }
    }

    /// Ends every exchange, and the thread.
    package func close() {
        state.withLock { $0.failure = HTTPFailure(.cancelled, "the kernel is stopping") }
        post { $0.isClosing = true }
    }

    private func post(_ change: (inout HTTPOrders) -> Void) {
        state.withLock { state in
            change(&state.orders)
            state.waker?.wake()
        }
    }

    private func start(_ state: inout State) -> HTTPFailure? {
        guard !state.isStarted else { return nil }
        do throws(SystemError) {
            try SystemThread.start(name: "http") { self.work() }
            state.isStarted = true
            return nil
        } catch {
            return HTTPFailure(.unavailable, "no thread for HTTP could be started: \(error)")
        }
    }

    // MARK: On the thread

    private func work() {
        do throws(HTTPFailure) {
            let loop = try HTTPLoop()
            state.withLock { $0.waker = loop.waker }
            while serve(loop) {}
        } catch {
            let orders = state.withLock { state in
                state.failure = error
                return state.takeOrders()
            }
            for begin in orders.begins { begin.listener.ended(error) }
        }
    }

    /// False once the client is closed.
    private func serve(_ loop: HTTPLoop) -> Bool {
        let orders = state.withLock { $0.takeOrders() }
        loop.take(orders)
        guard orders.isClosing else {
            loop.step()
            return true
        }
        // Nobody may wake what is about to be freed.
        _ = state.withLock { state in
            defer { state.waker = nil }
            return state.waker
        }
        loop.close()
        return false
    }
}

/// What the thread is to do next.
struct HTTPOrders: Sendable {
    struct Begin: Sendable {
        let number: UInt64
        let request: HTTPRequest
        let listener: any HTTPListener

        init(_ number: UInt64, _ request: HTTPRequest, _ listener: any HTTPListener) {
            self.number = number
            self.request = request
            self.listener = listener
        }
    }

    var begins: [Begin] = []
    var cancels: [UInt64] = []
    var resumes: [UInt64] = []
    var isClosing = false
}

extension HTTPRequest {
    /// Why it cannot be sent as it is.
    fileprivate var problem: HTTPFailure? {
        if let header = headers.first(where: { !$0.isSound }) {
            return HTTPFailure(
                .unsendable, "the header \"\(header.name)\" holds what no header may")
        }
        let isWeb = ["http://", "https://"].contains { url.lowercased().hasPrefix($0) }
        guard isWeb, !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            return HTTPFailure(
                .unsendable, "\"\(url)\" is no URL that begins with http:// or https://")
        }
        return nil
    }
}
