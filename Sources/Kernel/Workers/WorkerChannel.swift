import KernelHosting
package import KernelSystem
import Synchronization

/// A conversation in frames. Any thread may send; at most one at a time should receive, except in
/// a worker, where every idle thread waits for the next request.
package final class WorkerChannel: Sendable {
    private let socket: PacketSocket
    private let end: End
    /// In a worker: held while a large body is sent in pieces.
    private let sendingPieces = Mutex(())
    /// In the kernel: what has come of a body that is sent in pieces. A worker sends one at a time.
    private let begun = Mutex<Frame?>(nil)

    /// Which end of which conversation this is.
    package enum End: Sendable {
        /// The kernel's end of one with a worker, who may be a module's prey.
        case kernel
        case worker
        /// Either end of the one between kernel and zygote.
        case control
    }

    package init(_ socket: consuming PacketSocket, end: End) {
        self.socket = socket
        self.end = end
    }

    package enum Received: Sendable {
        case frame(Frame)
        /// A piece of a frame, without its body: the rest may take its time.
        case piece(Frame)
        /// The other side is gone.
        case closed
    }

    // MARK: Sending

    /// Waits until the other side has read enough.
    package func send(_ frame: Frame) throws(SystemError) {
        guard end == .worker, frame.needsPieces else { return try frame.send(over: socket) }
        var frame = frame
        // What can be longer is text. A result is replaced before, and a state is shorter.
        let most = frame.kind.bodyBytesMax
        if frame.body.count > most { frame.body.removeLast(frame.body.count - most) }
        try sendingPieces.withLock { _ throws(SystemError) in
            try frame.sendInPieces(over: socket)
        }
    }

    /// As `send`, but waits for nothing: false while the other side has not read enough.
    package func sendIfPossible(
        _ frame: Frame, descriptors: [Int32] = []
    ) throws(SystemError) -> Bool {
        // A large body is copied into a file each time that it is tried.
        if frame.needsPieces, !(try socket.isWritable) { return false }
        do throws(SystemError) {
            try frame.send(over: socket, descriptors: descriptors, patience: .returns)
            return true
        } catch {
            if error.isWouldBlock { return false }
            throw error
        }
    }

    // MARK: Receiving

    /// Waits until there is a frame, the deadline has passed or somebody signals `wakeUp`; or,
    /// `forWriting`, until the other side takes more.
    package func wait(
        untilNanoseconds deadline: UInt64?, orWokenBy wakeUp: borrowing WakeUp,
        forWriting: Bool = false
    ) throws(SystemError) -> PacketSocket.Readiness {
        try socket.wait(untilNanoseconds: deadline, orWokenBy: wakeUp, forWriting: forWriting)
    }

    /// Takes the next frame, waiting for it. `buffer` is scratch space of `Frame.bufferBytes`.
    package func receive(into buffer: inout [UInt8]) throws -> Received {
        switch try socket.receive(into: &buffer) {
        case .closed: return .closed
        case .message(var message): return try received(&message, buffer)
        }
    }

    /// As `receive`, but waits for nothing: nil if there is no frame.
    package func receiveIfPresent(into buffer: inout [UInt8]) throws -> Received? {
        do {
            switch try socket.receive(into: &buffer, patience: .returns) {
            case .closed: return .closed
            case .message(var message): return try received(&message, buffer)
            }
        } catch let error as SystemError where error.isWouldBlock {
            return nil
        }
    }

    private func received(
        _ message: inout PacketSocket.Message, _ buffer: [UInt8]
    ) throws -> Received {
        // It could be any file of the machine, of any size.
        guard end != .kernel || message.descriptors.count == 0 else {
            throw ProtocolError("a message with files, which a worker does not send")
        }
        var frame = try Frame(buffer, count: message.count, descriptors: &message.descriptors)
        if frame.kind == .askHanded, let descriptor = message.descriptors.takeFirst() {
            frame.passed = PassedDescriptor(descriptor)
        }
        return frame.part == .whole ? .frame(frame) : try joined(frame)
    }

    /// Adds a piece to what has arrived of its body.
    private func joined(_ frame: Frame) throws(ProtocolError) -> Received {
        try begun.withLock { begun throws(ProtocolError) in
            var frame = frame
            var body: [UInt8] = []
            if var start = begun.take() {
                guard start.kind == frame.kind, start.id == frame.id else {
                    throw ProtocolError("a piece of one message among those of another")
                }
                swap(&body, &start.body)
            } else if frame.part == .last {
                throw ProtocolError("the end of a message that has not begun")
            }
            // Or nobody could say how many messages a body takes.
            guard frame.part == .last || frame.body.count == PacketSocket.inlineBytesMax else {
                throw ProtocolError("a piece of \(frame.body.count) bytes")
            }
            guard body.count + frame.body.count <= frame.kind.bodyBytesMax else {
                throw ProtocolError(
                    "a message of more than \(frame.kind.bodyBytesMax) bytes in pieces")
            }
            body += frame.body
            frame.body = []
            let head = frame
            frame.body = body
            guard head.part == .piece else { return .frame(frame) }
            begun = frame
            return .piece(head)
        }
    }

    // MARK: Several channels on one thread

    package func join(_ poller: borrowing Poller, token: UInt64) throws(SystemError) {
        try poller.add(socket.descriptor.raw, token: token)
    }

    package func watchWriting(
        _ isWatched: Bool, in poller: borrowing Poller, token: UInt64
    ) throws(SystemError) {
        let interest: Poller.Interest = isWatched ? [.reading, .writing] : .reading
        try poller.change(socket.descriptor.raw, token: token, to: interest)
    }

    package func leave(_ poller: borrowing Poller) throws(SystemError) {
        try poller.remove(socket.descriptor.raw)
    }

    // MARK: Between kernel and zygote

    /// Sends a descriptor too, and waits until the other side has read enough.
    func send(_ frame: Frame, descriptor: borrowing FileDescriptor) throws(SystemError) {
        try frame.send(over: socket, descriptors: [descriptor.raw])
    }

    /// As `receive`, for a message that may carry a descriptor besides its body.
    package func receiveWithDescriptor(
        into buffer: inout [UInt8]
    ) throws -> (frame: Frame, descriptor: DescriptorBox?)? {
        switch try socket.receive(into: &buffer) {
        case .closed: return nil
        case .message(var message):
            let frame = try Frame(buffer, count: message.count, descriptors: &message.descriptors)
            return (frame, message.descriptors.takeFirstBoxed())
        }
    }

    /// The zygote's next request; nil when the kernel is gone.
    func receiveOrder(into buffer: inout [UInt8]) throws -> ZygoteOrder? {
        switch try socket.receive(into: &buffer) {
        case .closed: return nil
        case .message(var message):
            let frame = try Frame(buffer, count: message.count, descriptors: &message.descriptors)
            if frame.kind == .warm {
                return .warm(
                    String(decoding: frame.body, as: UTF8.self).split(separator: "\n").map {
                        String($0)
                    })
            }
            guard let request = ForkRequest(frame, &message.descriptors) else {
                throw ProtocolError("a request to the zygote that is not a whole fork request")
            }
            return .fork(request)
        }
    }

    package func close() {
        socket.shutdown()
    }
}

extension PacketSocket.Descriptors {
    fileprivate mutating func takeFirstBoxed() -> DescriptorBox? {
        guard let descriptor = takeFirst() else { return nil }
        return DescriptorBox(descriptor)
    }
}

/// A descriptor that several may hold, closed when the last lets go of it.
package final class DescriptorBox: Sendable {
    package let descriptor: FileDescriptor

    package init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }
}
