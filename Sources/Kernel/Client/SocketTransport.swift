package import KernelSystem
package import KernelWire
import Synchronization

/// A client's end of a conversation over a socket. A thread of its own reads, and writes what the
/// socket does not take at once, so that nobody who says something ever waits.
package final class SocketTransport: WireTransport {
    private struct State: ~Copyable {
        var descriptor: FileDescriptor?
        var outbox = WireOutbox()
        /// Requests that never reached the kernel are answered by the thread, which is woken by the
        /// socket being ready to write.
        var refused: [WireMessage] = []
        /// From when it takes messages.
        var reader: WireReader?
        /// The reader was full: nothing is read.
        var isHeld = false
    }

    private let state: Mutex<State>
    private let poller: Poller

    private static let token: UInt64 = 0
    private static let readBytesMax = 256 << 10

    /// A connection that was made, and that nobody else reads or writes.
    package init(_ descriptor: consuming FileDescriptor) throws(SystemError) {
        poller = try Poller()
        try poller.add(descriptor.raw, token: Self.token, for: .reading)
        var state = State()
        state.descriptor = consume descriptor
        self.state = Mutex(state)
    }

    package func send(_ message: WireMessage) {
        let line = message.line
        guard line.count <= WireFraming.requestBytesMax else { return refuse(message, line.count) }
        state.withLock { state in
            let isFirst = state.outbox.isEmpty
            state.outbox.add(line: line)
            if isFirst { flush(&state) }
        }
    }

    package func start(_ reader: WireReader) {
        state.withLock { $0.reader = reader }
        do {
            try SystemThread.start(name: "kernel socket") {
                self.work(reader)
                self.end(reader)
            }
        } catch {
            end(reader)
        }
    }

    package func resume() {
        state.withLock { state in
            guard state.isHeld else { return }
            state.isHeld = false
            wait(&state)
        }
    }

    package var isCrowded: Bool { state.withLock { $0.outbox.isCrowded } }

    package func close() {
        state.withLock { state in
            switch state.descriptor {
            case .some(let descriptor): UnixSocket.shutDown(descriptor)
            case .none: break
            }
            // Without a thread nobody else would.
            if state.reader == nil { state.descriptor = nil }
        }
    }

    private func end(_ reader: WireReader) {
        state.withLock { $0.descriptor = nil }
        reader.closed()
    }

    /// It would end the connection, and with it all else that is asked over it.
    private func refuse(_ message: WireMessage, _ bytes: Int) {
        guard case .request(let id, _, _) = message else { return }
        let why =
            "the request has \(bytes) bytes, and a kernel takes "
            + "\(WireFraming.requestBytesMax) at most"
        state.withLock { state in
            state.refused.append(.failure(id: id, .badRequest(why)))
            wait(&state)
        }
    }

    // MARK: - On the thread

    private func work(_ reader: WireReader) {
        var framing = WireFraming(lineBytesMax: WireFraming.replyBytesMax)
        var buffer = [UInt8](repeating: 0, count: Self.readBytesMax)
        while let events = try? poller.events(), let event = events.first {
            if event.ready.contains(.writing) {
                let answers = state.withLock { state in
                    let answers = state.refused
                    state.refused = []
                    flush(&state)
                    return answers
                }
                for answer in answers { reader.receive(answer) }
            }
            guard event.ready.contains(.reading) || event.isGone else { continue }
            guard let count = read(into: &buffer) else { return }
            for line in framing.add(buffer[..<count]) {
                // What a kernel says is a message; a newer one may say what is none to us.
                if case .message(let message) = WireMessage.receive(line) {
                    reader.receive(message)
                }
            }
            guard !framing.hasFailed else { return }
            holdIfFull(reader)
        }
    }

    /// What the kernel says then waits with the kernel.
    private func holdIfFull(_ reader: WireReader) {
        state.withLock { state in
            guard reader.isFull() else { return }
            state.isHeld = true
            wait(&state)
        }
    }

    /// Nil at the end.
    private func read(into buffer: inout [UInt8]) -> Int? {
        state.withLock { state in
            switch try? state.descriptor?.read(into: &buffer) {
            case .bytes(let count): count
            case .wouldBlock: 0
            case .endOfFile, nil: nil
            }
        }
    }

    // MARK: - Under the lock

    private func flush(_ state: inout State) {
        defer { wait(&state) }
        do throws(SystemError) {
            while !state.outbox.isEmpty {
                let taken = try state.descriptor?.writeSome(
                    state.outbox.bytes, from: state.outbox.first)
                guard let taken else { return }
                state.outbox.sent(taken)
            }
        } catch {
            // The thread reads the end of it.
            state.outbox = WireOutbox()
        }
    }

    private func wait(_ state: inout State) {
        guard let raw = state.descriptor?.raw else { return }
        var interest: Poller.Interest = state.isHeld ? [] : .reading
        if !state.outbox.isEmpty || !state.refused.isEmpty { interest.insert(.writing) }
        try? poller.change(raw, token: Self.token, to: interest)
    }
}
