import KernelSystem
import KernelWire
import Synchronization

/// One client at the socket. Its bytes come on the I/O thread; what is said to it is written by
/// whoever says it as far as the socket takes it, and the rest by the I/O thread.
final class SocketConnection: WireTransport {
    private struct State: ~Copyable {
        var descriptor: FileDescriptor?
        var framing = WireFraming(lineBytesMax: SocketConnection.strangerBytesMax)
        var outbox = WireOutbox()
        /// Lines that wait for one that is being read elsewhere.
        var lines: [[UInt8]] = []
        /// Those before it are dealt with.
        var firstLine = 0
        var isReadingElsewhere = false
        var requestsInFlight = 0
        var isIntroduced = false
        /// The client says nothing more, or is not listened to any more.
        var inputHasEnded = false
        /// To be closed once everything is said.
        var isEnding = false
        var interest = Poller.Interest.reading
        var reader: WireReader?
        /// What waited has been taken, and nobody was told yet.
        var isRelieved = false
        /// Nothing more is going to be said.
        var isDone: Bool {
            inputHasEnded && (isEnding || requestsInFlight == 0 && !isReadingElsewhere)
        }

        /// When the socket last took a byte, or there was nothing to take.
        var lastTakenNanoseconds = SystemClock.monotonicNanoseconds
    }

    let token: UInt64
    let openedNanoseconds = SystemClock.monotonicNanoseconds
    private let loop: any SocketLoop
    private let state: Mutex<State>

    /// Who has not introduced itself has little to say.
    static let strangerBytesMax = 64 << 10
    /// What is read at once: nobody is served for long while others wait.
    private static let readBytesMax = 16 << 10
    /// A line above it takes long to read, which is not done on the I/O thread.
    private static let shortLineBytesMax = 64 << 10
    /// Room that is kept for the lines of the next read.
    private static let linesKept = 64
    /// Requests that have no reply yet.
    static let requestsMax = 1_024
    /// A client that lets so much wait is not listened to until it has read.
    static let patienceBytesMax = 4 << 20
    /// One that lets so much wait is given up, unless it is a single reply.
    static let outboxBytesMax = 64 << 20

    init(_ descriptor: consuming FileDescriptor, token: UInt64, loop: any SocketLoop) {
        var state = State()
        state.descriptor = consume descriptor
        self.state = Mutex(state)
        self.token = token
        self.loop = loop
    }

    // MARK: - From any thread

    func start(_ reader: WireReader) {
        state.withLock { $0.reader = reader }
    }

    var isCrowded: Bool { state.withLock { $0.outbox.isCrowded } }

    /// Whoever waits for it is told, without the lock, that the client has taken what waited.
    private func tellRelief() {
        let reader = state.withLock { state -> WireReader? in
            defer { state.isRelieved = false }
            return state.isRelieved ? state.reader : nil
        }
        reader?.relieved()
    }

    func send(_ message: WireMessage) {
        // Not under the lock, which the I/O thread takes.
        send(message, line: WireOutbox.line(of: message))
    }

    func send(_ message: WireMessage, line: [UInt8]) {
        state.withLock { state in
            guard state.descriptor != nil, !state.isEnding else { return }
            switch message {
            case .reply, .failure(.some, _): state.requestsInFlight -= 1
            case .request, .failure(nil, _), .notification: break
            }
            if state.outbox.isEmpty {
                state.lastTakenNanoseconds = SystemClock.monotonicNanoseconds
            }
            let waited = state.outbox.count
            state.outbox.add(line: line, isDroppable: message.isDroppable)
            // What waits already is the I/O thread's to send.
            if waited == 0 { flush(&state) }
            if waited > 0 && state.outbox.count > Self.outboxBytesMax { giveUp(&state) }
            adjust(&state)
        }
    }

    /// Says what is still to be said, and closes.
    func close() {
        state.withLock { state in
            state.inputHasEnded = true
            state.isEnding = true
            adjust(&state)
            // The I/O thread hears of it at once, and finds nothing more to do.
            if state.outbox.isEmpty { giveUp(&state) }
        }
    }

    // MARK: - On the I/O thread

    /// Does what the socket is ready for. False once the connection has come to its end.
    func serve(_ event: Poller.Event) -> Bool {
        if event.ready.contains(.writing) {
            state.withLock { state in
                flush(&state)
                adjust(&state)
            }
            tellRelief()
        }
        if event.ready.contains(.reading) || event.isGone { read(untilEnd: event.isGone) }
        return !event.isGone && !isOver
    }

    private var isOver: Bool {
        state.withLock { $0.descriptor == nil || $0.isDone && $0.outbox.isEmpty }
    }

    /// The last thing that happens to it.
    func end() {
        // It holds the session, which is freed without the lock.
        let reader = state.withLock { state in
            state.descriptor = nil
            state.lines = []
            defer { state.reader = nil }
            return state.reader
        }
        reader?.closed()
    }

    /// How long the client has taken nothing of what waits, in nanoseconds; nil if too little waits
    /// to matter.
    func standstill(_ now: UInt64) -> UInt64? {
        state.withLock { state in
            guard state.outbox.count > WireOutbox.newsBytesMax || state.isEnding else { return nil }
            return now - min(now, state.lastTakenNanoseconds)
        }
    }

    var isIntroduced: Bool { state.withLock { $0.isIntroduced } }
    var hasWaiting: Bool { state.withLock { !$0.outbox.isEmpty } }
    /// Of a line that has not ended yet.
    var pendingBytes: Int { state.withLock { $0.framing.pendingBytes } }

    /// Says why, and closes.
    func refuse(_ error: WireError) {
        send(.failure(id: nil, error))
        close()
    }

    // MARK: Reading

    private func read(untilEnd: Bool) {
        var buffer = [UInt8](repeating: 0, count: Self.readBytesMax)
        repeat {
            guard let count = readOnce(into: &buffer) else { return }
            take(buffer[..<count])
        } while untilEnd
    }

    /// Nil if there is nothing, or nothing more to come.
    private func readOnce(into buffer: inout [UInt8]) -> Int? {
        state.withLock { state -> Int? in
            guard !state.inputHasEnded, !state.isReadingElsewhere else { return nil }
            switch try? state.descriptor?.read(into: &buffer) {
            case .bytes(let count): return count
            case .wouldBlock: return nil
            case .endOfFile, nil:
                state.inputHasEnded = true
                adjust(&state)
                return nil
            }
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>) {
        let isFitting = state.withLock { state in
            state.lines += state.framing.add(bytes)
            return !state.framing.hasFailed
        }
        deliver(elsewhere: false)
        guard !isFitting else { return }
        let most = isIntroduced ? WireFraming.requestBytesMax : Self.strangerBytesMax
        refuse(.badRequest("a line may have \(most) bytes at most: the connection ends"))
    }

    /// Hands on the lines that wait, in order, until there are none or one is too long for this
    /// thread.
    private func deliver(elsewhere: Bool) {
        while let line = nextLine(elsewhere: elsewhere) {
            guard elsewhere || line.count <= Self.shortLineBytesMax else {
                state.withLock { state in
                    state.isReadingElsewhere = true
                    adjust(&state)
                }
                return loop.elsewhere {
                    self.receive(line)
                    self.deliver(elsewhere: true)
                }
            }
            receive(line)
        }
    }

    private func nextLine(elsewhere: Bool) -> [UInt8]? {
        state.withLock { state in
            guard !state.isEnding, state.firstLine < state.lines.count else {
                if elsewhere {
                    state.isReadingElsewhere = false
                    adjust(&state)
                }
                return nil
            }
            let line = state.lines[state.firstLine]
            state.firstLine += 1
            if state.firstLine == state.lines.count {
                state.lines.removeAll(keepingCapacity: state.firstLine < Self.linesKept)
                state.firstLine = 0
            }
            return line
        }
    }

    private func receive(_ line: [UInt8]) {
        switch WireMessage.receive(line) {
        case .answer(let answer):
            state.withLock { state in
                state.outbox.add(line: answer.line)
                flush(&state)
                adjust(&state)
            }
            tellRelief()
        case .message(let message):
            guard case .request(let id, let method, _) = message else {
                return reader?.receive(message) ?? ()
            }
            let isBusy = state.withLock { state in
                state.requestsInFlight += 1
                if method == Introduction.method {
                    state.isIntroduced = true
                    state.framing.lineBytesMax = WireFraming.requestBytesMax
                }
                return state.requestsInFlight > Self.requestsMax
            }
            guard isBusy else { return reader?.receive(message) ?? () }
            let why = "\(Self.requestsMax) requests of this client are in work: wait for replies"
            send(.failure(id: id, .busy(why)))
        }
    }

    private var reader: WireReader? { state.withLock { $0.reader } }

    // MARK: Writing, under the lock

    private func flush(_ state: inout State) {
        guard state.descriptor != nil else { return }
        let wasCrowded = state.outbox.isCrowded
        defer { state.isRelieved = state.isRelieved || wasCrowded && !state.outbox.isCrowded }
        do throws(SystemError) {
            while !state.outbox.isEmpty {
                let taken = try state.descriptor?.writeSome(
                    state.outbox.bytes, from: state.outbox.first)
                guard let taken else { return }
                state.outbox.sent(taken)
                state.lastTakenNanoseconds = SystemClock.monotonicNanoseconds
            }
        } catch {
            giveUp(&state)
        }
    }

    /// The I/O thread hears of it, and closes the descriptor.
    private func giveUp(_ state: inout State) {
        state.isEnding = true
        state.inputHasEnded = true
        state.outbox = WireOutbox()
        switch state.descriptor {
        case .some(let descriptor): UnixSocket.shutDown(descriptor)
        case .none: break
        }
    }

    /// Waits for what there is to wait for.
    private func adjust(_ state: inout State) {
        guard state.descriptor != nil else { return }
        var interest: Poller.Interest = []
        let listens =
            !state.inputHasEnded && !state.isReadingElsewhere
            && state.outbox.count <= Self.patienceBytesMax
        if listens { interest.insert(.reading) }
        // That a connection is done is the I/O thread's to see.
        if !state.outbox.isEmpty || state.isDone { interest.insert(.writing) }
        if !state.outbox.isEmpty { loop.noteWaiting() }
        guard interest != state.interest, let raw = state.descriptor?.raw else { return }
        state.interest = interest
        loop.wait(for: interest, raw, token: token)
    }
}

/// What a connection needs of the loop that it is served by.
protocol SocketLoop: Sendable {
    func wait(for interest: Poller.Interest, _ fd: Int32, token: UInt64)
    /// Something waits for a client that may never take it.
    func noteWaiting()
    /// Runs something that takes longer, on another thread.
    func elsewhere(_ job: @escaping @Sendable () -> Void)
}
