package import KernelSystem
package import KernelWire
package import ModuleJSON

/// The client's side of a conversation: matches replies with requests, and hands on what the
/// kernel says of its own accord. Everything that comes is dealt with on one thread of this
/// client's, in order, so that a slow terminal never holds up the kernel.
package final class WireClient: Sendable {
    package typealias Reply = Result<JSON, WireError>

    package static let kernelIsGone = WireError(code: -32_000, "the kernel has gone away")

    private struct State {
        var lastRequest: Int64 = 0
        var waiting: [RequestID: @Sendable (Reply) -> Void] = [:]
        var arrived = WireBacklog()
        var isClosed = false
        var isLeft = false
    }

    private enum Arrival {
        case messages([WireMessage])
        case end([@Sendable (Reply) -> Void])
    }

    private let transport: any WireTransport
    private let introduction: Introduction
    private let state = Condition(State())

    package init(
        _ transport: any WireTransport,
        _ introduction: Introduction = Introduction(folder: Files.currentDirectory)
    ) {
        self.transport = transport
        self.introduction = introduction
    }

    /// Begins to listen. Both closures are called on this client's thread; `onClosed` once, last.
    package func start(
        onNotification: @escaping @Sendable (_ method: String, _ params: JSON) -> Void,
        onClosed: @escaping @Sendable () -> Void = {}
    ) throws(SystemError) {
        try SystemThread.start(name: "wire client") {
            self.work(onNotification)
            onClosed()
        }
        var reader = WireReader(
            receive: { message in
                self.state.withLock { $0.arrived.add(message) }
                self.state.broadcast()
            },
            closed: { self.markClosed() })
        reader.isFull = { self.state.withLock { $0.arrived.weight > Self.arrivedWeightMax } }
        transport.start(reader)
    }

    /// Of what waits for a slow reader, such as a pipe that nobody empties: the rest waits with the
    /// kernel, and what the kernel would say waits there.
    private static let arrivedWeightMax = 256 << 10

    package var isClosed: Bool { state.withLock { $0.isClosed } }

    /// This side has closed the conversation.
    package var isLeft: Bool { state.withLock { $0.isLeft } }

    package func close() {
        state.withLock { $0.isLeft = $0.isLeft || !$0.isClosed }
        transport.close()
        markClosed()
    }

    private func markClosed() {
        state.withLock { $0.isClosed = true }
        state.broadcast()
    }

    // MARK: Requests

    /// For a caller that must know the id before anything about it can arrive.
    package func makeRequestID() -> RequestID {
        state.withLock { state in
            state.lastRequest += 1
            return RequestID(state.lastRequest)
        }
    }

    /// Sends a request; `reply` is called on this client's thread.
    package func send(
        _ method: String, _ params: JSON, id: RequestID? = nil,
        reply: @escaping @Sendable (Reply) -> Void
    ) {
        let id = id ?? makeRequestID()
        let isClosed = state.withLock { state in
            if !state.isClosed { state.waiting[id] = reply }
            return state.isClosed
        }
        guard !isClosed else { return reply(.failure(Self.kernelIsGone)) }
        transport.send(.request(id: id, method: method, params: params))
    }

    /// Sends a request and waits for its reply. Not to be called on this client's thread.
    package func request(_ method: String, _ params: JSON = [:]) throws(WireError) -> JSON {
        try wait { client, done in client.send(method, params, reply: done) }.get()
    }

    /// Waits for the reply of a request that `send` sends.
    package func wait(
        for send: (WireClient, _ done: @escaping @Sendable (Reply) -> Void) -> Void
    ) -> Reply {
        let box = Condition<Reply?>(nil)
        send(self) { reply in
            box.withLock { $0 = reply }
            box.broadcast()
        }
        return box.wait { $0 } ?? .failure(Self.kernelIsGone)
    }

    /// The first request: who this is, and which versions it speaks.
    package func request(_: Welcome.Type) throws(WireError) -> Welcome {
        // Made of texts and a number, so it always has a form in JSON.
        let params = (try? JSON.encode(introduction)) ?? [:]
        let welcome: Welcome = try request(Introduction.method, params)
        guard welcome.protocolVersion == Welcome.protocolVersion else {
            throw .badRequest(
                "the kernel speaks version \(welcome.protocolVersion) of the protocol, this "
                    + "program version \(Welcome.protocolVersion): use programs of one release")
        }
        return welcome
    }

    /// The same, with the reply as one of the messages' types.
    package func request<Content: Decodable>(
        _ method: String, _ params: JSON = [:], as type: Content.Type = Content.self
    ) throws(WireError) -> Content {
        try Self.decode(try request(method, params), method: method)
    }

    package static func decode<Content: Decodable>(
        _ json: JSON, as type: Content.Type = Content.self, method: String
    ) throws(WireError) -> Content {
        do {
            return try json.decode(Content.self)
        } catch {
            throw .badMessage("the kernel's answer to \(method) is not understood: \(error)")
        }
    }

    // MARK: On this client's thread

    private func work(_ onNotification: (String, JSON) -> Void) {
        while true {
            switch nextArrival() {
            case .messages(let messages):
                transport.resume()
                for message in messages { take(message, onNotification) }
            case .end(let waiting):
                for reply in waiting { reply(.failure(Self.kernelIsGone)) }
                return
            }
        }
    }

    /// What came before the end is dealt with before the end.
    private func nextArrival() -> Arrival {
        let arrival = state.wait { state -> Arrival? in
            if !state.arrived.isEmpty { return .messages(state.arrived.takeAll()) }
            guard state.isClosed else { return nil }
            defer { state.waiting = [:] }
            return .end(Array(state.waiting.values))
        }
        return arrival ?? .end([])
    }

    private func take(_ message: WireMessage, _ onNotification: (String, JSON) -> Void) {
        switch message {
        case .notification(let method, let params): onNotification(method, params)
        case .reply(let id, let result): answer(id, .success(result))
        case .failure(let id?, let error): answer(id, .failure(error))
        // The kernel asks nothing of a client, and a failure without an id answers none of ours.
        case .request, .failure(nil, _): break
        }
    }

    private func answer(_ id: RequestID, _ reply: Reply) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?(reply)
    }
}
