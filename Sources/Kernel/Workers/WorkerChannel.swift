package import KernelSystem

/// A conversation in frames. Any thread may send; at most one at a time should receive, except in
/// a worker, where every idle thread waits for the next request.
package final class WorkerChannel: Sendable {
    private let socket: PacketSocket

    package init(_ socket: consuming PacketSocket) {
        self.socket = socket
    }

    package enum Received: Sendable {
        case frame(Frame)
        /// The other side is gone.
        case closed
    }

    package func send(_ frame: Frame, descriptors: [Int32] = []) throws(SystemError) {
        try frame.send(over: socket, descriptors: descriptors)
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
            return .frame(
                try Frame(buffer, count: message.count, descriptors: &message.descriptors))
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
                return .frame(
                    try Frame(buffer, count: message.count, descriptors: &message.descriptors))
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
        try poller.watchWriting(isWatched, socket.descriptor.raw, token: token)
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
