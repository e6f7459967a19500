import Glibc
import KernelServer
import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Synchronization
import Testing

/// A server with a socket, for one test.
final class SocketBench: Sendable {
    let bench: ServerBench
    let sockets: SocketServer
    let path: String
    private let pool = ThreadPool(name: "long lines", threadsMax: 4)

    init(_ options: SocketServer.Options = SocketServer.Options()) throws {
        DescriptorLimit.raise(to: 8_192)
        let bench = try ServerBench()
        self.bench = bench
        path = bench.folder.file("kernel.sock")
        sockets = try SocketServer(
            UnixSocket.listen(at: path), pool: pool, options: options,
            accept: { bench.server.connect($0) }, warn: { _ in })
        try sockets.start()
    }

    deinit {
        sockets.stop()
        pool.close()
    }

    func connect() throws -> SocketPeer { try SocketPeer(path) }

    /// One that has introduced itself.
    func client() throws -> SocketPeer {
        let peer = try connect()
        _ = try peer.ask(Introduction.method).get()
        return peer
    }
}

/// A client that is all bytes: it says what it likes, how it likes.
final class SocketPeer: Sendable {
    private struct State: ~Copyable {
        var descriptor: FileDescriptor?
        var framing = WireFraming(lineBytesMax: WireFraming.replyBytesMax)
        var lines: [[UInt8]] = []
        var lastID: Int64 = 0
    }

    struct Late: Error {
        let what: String
    }

    private let state: Mutex<State>

    /// Generous: nothing waits for so long unless something is broken.
    private static let patienceNanoseconds: UInt64 = 60_000_000_000

    /// A kernel that parts with this client must not end the tests.
    private static let ignoresBrokenPipes = Glibc.signal(SIGPIPE, SIG_IGN) != nil

    init(_ path: String) throws {
        _ = Self.ignoresBrokenPipes
        var connection: FileDescriptor?
        try waitFor("room to connect") {
            do throws(SystemError) {
                connection = try UnixSocket.connect(to: path)
                return true
            } catch {
                // Too many are waiting already.
                guard error.code == EAGAIN else { throw error }
                return false
            }
        }
        state = Mutex(State(descriptor: connection.take()))
    }

    private var raw: Int32 { state.withLock { $0.descriptor?.raw ?? -1 } }

    private func stand(by events: Int32, _ what: String) throws {
        var entry = pollfd(fd: raw, events: Int16(events), revents: 0)
        let milliseconds = Int32(Self.patienceNanoseconds / 1_000_000)
        guard poll(&entry, 1, milliseconds) > 0 else { throw Late(what: what) }
    }

    // MARK: Saying

    /// What the socket takes now, up to all of it.
    func offer(_ bytes: [UInt8]) throws -> Int {
        var position = 0
        try state.withLock { state in
            while position < bytes.count,
                let count = try state.descriptor?.writeSome(bytes, from: position)
            {
                position += count
            }
        }
        return position
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes
        while !rest.isEmpty {
            rest.removeFirst(try offer(rest))
            if !rest.isEmpty { try stand(by: POLLOUT, "room") }
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    @discardableResult
    func begin(_ method: String, _ params: JSON = [:]) throws -> RequestID {
        let id = state.withLock { state in
            state.lastID += 1
            return RequestID(state.lastID)
        }
        try send(WireMessage.request(id: id, method: method, params: params).line)
        return id
    }

    /// Says nothing more, and listens.
    func endInput() { _ = shutdown(raw, Int32(SHUT_WR)) }

    func close() { state.withLock { $0.descriptor = nil } }

    // MARK: Hearing

    /// The next line; nil at the end.
    func nextLine() throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let (line, result) = try state.withLock { state -> ([UInt8]?, ReadResult) in
                if !state.lines.isEmpty { return (state.lines.removeFirst(), .wouldBlock) }
                do throws(SystemError) {
                    let result = try state.descriptor?.read(into: &buffer) ?? .endOfFile
                    if case .bytes(let count) = result {
                        state.lines += state.framing.add(buffer[..<count])
                    }
                    return (nil, result)
                } catch {
                    if error.isPeerGone { return (nil, .endOfFile) }
                    throw error
                }
            }
            if let line { return line }
            switch result {
            case .bytes: continue
            case .endOfFile: return nil
            case .wouldBlock: try stand(by: POLLIN, "a line")
            }
        }
    }

    func next() throws -> WireMessage? {
        try nextLine().map { try WireMessage(line: $0) }
    }

    /// The first that `match` wants; what comes before it is passed over.
    func wait<Wanted>(for match: (WireMessage) -> Wanted?) throws -> Wanted {
        while let message = try next() {
            if let wanted = match(message) { return wanted }
        }
        throw Late(what: "the connection ended")
    }

    func answer(to wanted: RequestID) throws -> Result<JSON, WireError> {
        try wait { message in
            switch message {
            case .reply(wanted, let result): .success(result)
            case .failure(wanted, let error): .failure(error)
            default: nil
            }
        }
    }

    func ask(_ method: String, _ params: JSON = [:]) throws -> Result<JSON, WireError> {
        try answer(to: try begin(method, params))
    }

    func failure() throws -> (RequestID?, WireError) {
        try wait { message in
            if case .failure(let id, let error) = message { (id, error) } else { nil }
        }
    }

    func news(_ event: String) throws -> KernelNews {
        try wait { message in
            guard case .notification(KernelNews.method, let params) = message,
                let news = try? params.decode(KernelNews.self), news.event == event
            else { return nil }
            return news
        }
    }

    /// Passes over what still comes, up to the end.
    func waitForEnd() throws {
        while try nextLine() != nil {}
    }
}
