import CInotify
import Glibc

/// One end of a connection that keeps the borders of messages and can carry descriptors.
package struct PacketSocket: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    package init(owning descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    /// More than this goes into a memory file beside the message.
    package static let inlineBytesMax = 64 << 10

    /// A connected pair, both ends close-on-exec and blocking.
    package static func pair() throws(SystemError) -> Pair {
        var numbers: [Int32] = [-1, -1]
        try systemCall("make a socket pair") {
            unsafe socketpair(
                AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &numbers)
        }
        return Pair(
            first: PacketSocket(owning: FileDescriptor(owning: numbers[0])),
            second: PacketSocket(owning: FileDescriptor(owning: numbers[1])))
    }

    package struct Pair: ~Copyable {
        package let first: PacketSocket
        package let second: PacketSocket

        package consuming func split(
            _ body: (consuming PacketSocket, consuming PacketSocket) -> Void
        ) {
            body(first, second)
        }
    }

    /// Sends one message whole, waiting while the peer's queue is full. `EPIPE` and `ECONNRESET`
    /// mean that the peer is gone.
    package func send(
        head: [UInt8], body: [UInt8] = [], descriptors: [Int32] = [], waits: Bool = true
    ) throws(SystemError) {
        try systemCall("send a message") {
            unsafe linux_send_message(
                descriptor.raw, head, head.count, body, body.count, descriptors,
                Int32(descriptors.count), waits ? 0 : Int32(MSG_DONTWAIT))
        }
    }

    /// A message as it came in. The descriptors belong to the receiver.
    package struct Message: ~Copyable {
        package let bytes: [UInt8]
        package var descriptors: Descriptors
    }

    /// Received descriptors, closed with this value unless they are taken out.
    package struct Descriptors: ~Copyable {
        private var numbers: [Int32]

        init(_ numbers: [Int32]) {
            self.numbers = numbers
        }

        deinit {
            for number in numbers where number >= 0 { _ = Glibc.close(number) }
        }

        package var count: Int { numbers.count }

        /// The next one in the order in which they were sent.
        package mutating func takeFirst() -> FileDescriptor? {
            guard let number = numbers.first else { return nil }
            numbers.removeFirst()
            return FileDescriptor(owning: number)
        }
    }

    package enum Received: ~Copyable {
        case message(Message)
        /// The peer has closed its end, or died.
        case closed
        case wouldBlock
    }

    /// Takes the next message. `buffer` is scratch space that is reused between calls; a message
    /// larger than it is an error, never a silent cut.
    package func receive(
        into buffer: inout [UInt8], waits: Bool = true
    ) throws(SystemError) -> Received {
        var numbers = [Int32](repeating: -1, count: Int(LINUX_FDS_MAX))
        var numberCount: Int32 = 0
        var isTruncated: Int32 = 0
        let flags = waits ? 0 : Int32(MSG_DONTWAIT)
        let count: Int
        do throws(SystemError) {
            count = try systemCall("receive a message") {
                unsafe buffer.withUnsafeMutableBytes {
                    unsafe linux_receive_message(
                        descriptor.raw, $0.baseAddress, $0.count, &numbers, &numberCount,
                        &isTruncated, flags)
                }
            }
        } catch {
            switch error.code {
            case EAGAIN: return .wouldBlock
            case ECONNRESET: return .closed
            default: throw error
            }
        }
        let descriptors = Descriptors(Array(numbers.prefix(Int(numberCount))))
        guard isTruncated == 0 else { throw SystemError("receive a message", code: EMSGSIZE) }
        guard count > 0 else { return .closed }
        return .message(Message(bytes: Array(buffer.prefix(count)), descriptors: descriptors))
    }

    /// Wakes every thread that waits in `receive`: both directions end.
    package func shutdown() {
        _ = Glibc.shutdown(descriptor.raw, Int32(SHUT_RDWR))
    }
}
