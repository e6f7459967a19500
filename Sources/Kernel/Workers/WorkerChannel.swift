package import KernelSystem
import Synchronization

/// A conversation in frames. Any thread may send; at most one at a time should receive, except in
/// a worker, where every idle thread waits for the next request.
package final class WorkerChannel: Sendable {
    private let socket: PacketSocket
    private let largeBodies: LargeBodies
    /// What has arrived of bodies that come in pieces.
    private let pieces = Mutex<[Piece: [UInt8]]>([:])

    package enum LargeBodies: Sendable {
        case inFiles, inPieces
    }

    private struct Piece: Hashable {
        let kind: FrameKind
        let id: UInt64
    }

    package init(_ socket: consuming PacketSocket, largeBodies: LargeBodies = .inFiles) {
        self.socket = socket
        self.largeBodies = largeBodies
    }

    package enum Received: Sendable {
        case frame(Frame)
        /// A piece of a frame: the rest may take its time.
        case piece
        /// The other side is gone.
        case closed
    }

    package func send(_ frame: Frame, descriptors: [Int32] = []) throws(SystemError) {
        switch largeBodies {
        case .inFiles: try frame.send(over: socket, descriptors: descriptors)
        case .inPieces: try frame.sendInPieces(over: socket)
        }
    }

    /// Waits until there is a frame, the deadline has passed or somebody signals `wakeUp`.
    package func wait(
        untilNanoseconds deadline: UInt64?, orWokenBy wakeUp: borrowing WakeUp
    ) throws(SystemError) -> PacketSocket.Readiness {
        try socket.wait(untilNanoseconds: deadline, orWokenBy: wakeUp)
    }

    /// Takes the next frame, waiting for it. `buffer` is scratch space of `Frame.bufferBytes`.
    package func receive(into buffer: inout [UInt8]) throws -> Received {
        switch try socket.receive(into: &buffer) {
        case .closed: return .closed
        case .message(var message):
            let frame = try Frame(buffer, count: message.count, descriptors: &message.descriptors)
            return try whole(frame).map { .frame($0) } ?? .piece
        }
    }

    /// The frame with all of its body; nil while some of it is missing.
    private func whole(_ frame: Frame) throws(ProtocolError) -> Frame? {
        try pieces.withLock { pieces throws(ProtocolError) in
            // Nearly every frame comes in one piece.
            guard frame.hasMore || !pieces.isEmpty else { return frame }
            let key = Piece(kind: frame.kind, id: frame.id)
            guard frame.hasMore else {
                guard let start = pieces.removeValue(forKey: key) else { return frame }
                var whole = frame
                whole.body = start + frame.body
                return whole
            }
            let held = pieces.values.reduce(frame.body.count) { $0 + $1.count }
            guard held <= Frame.bodyBytesMax else {
                throw ProtocolError("messages with more than \(Frame.bodyBytesMax) bytes in pieces")
            }
            pieces[key, default: []] += frame.body
            return nil
        }
    }

    /// As `send`, but waits for nothing: false while the other side has not read enough.
    package func sendIfPossible(_ frame: Frame) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try frame.send(over: socket, patience: .returns)
            return true
        } catch {
            if error.isWouldBlock { return false }
            throw error
        }
    }

    /// As `receive`, but waits for nothing: nil if there is no frame.
    package func receiveIfPresent(into buffer: inout [UInt8]) throws -> Received? {
        do {
            switch try socket.receive(into: &buffer, patience: .returns) {
            case .closed: return .closed
            case .message(var message):
                let frame = try Frame(
                    buffer, count: message.count, descriptors: &message.descriptors)
                return try whole(frame).map { .frame($0) } ?? .piece
            }
        } catch let error as SystemError where error.isWouldBlock {
            return nil
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
    func receiveFork(into buffer: inout [UInt8]) throws -> ForkRequest? {
        switch try socket.receive(into: &buffer) {
        case .closed: return nil
        case .message(var message):
            let frame = try Frame(buffer, count: message.count, descriptors: &message.descriptors)
            guard let request = ForkRequest(frame, &message.descriptors) else {
                throw ProtocolError("a request to the zygote that is not a whole fork request")
            }
            return request
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
