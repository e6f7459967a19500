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
    }

    /// What is done while the peer's queue is full, or while there is no message.
    package enum Patience: Sendable, Hashable {
        case waits
        /// The error then says `wouldBlock`.
        case returns

        fileprivate var flags: Int32 { self == .waits ? 0 : Int32(MSG_DONTWAIT) }
    }

    /// Sends one message whole. `EPIPE` and `ECONNRESET` mean that the peer is gone.
    package func send(
        head: [UInt8], body: [UInt8] = [], descriptors: [Int32] = [],
        patience: Patience = .waits
    ) throws(SystemError) {
        try systemCall("send a message") {
            unsafe linux_send_message(
                descriptor.raw, head, head.count, body, body.count, descriptors,
                Int32(descriptors.count), patience.flags)
        }
    }

    /// A message that lies in the first `count` bytes of the buffer. The descriptors belong to
    /// the receiver.
    package struct Message: ~Copyable {
        package let count: Int
        package var descriptors: Descriptors
    }

    /// Received descriptors, closed with this value unless they are taken out. They lie in it: most
    /// messages have none, and are to cost no memory for them.
    package struct Descriptors: ~Copyable {
        fileprivate var numbers = InlineArray<8, Int32>(repeating: -1)
        fileprivate var present = 0..<0

        package init() {}

        deinit {
            for index in present { _ = Glibc.close(numbers[index]) }
        }

        package var count: Int { present.count }

        /// The next one in the order in which they were sent.
        package mutating func takeFirst() -> FileDescriptor? {
            present.popFirst().map { FileDescriptor(owning: numbers[$0]) }
        }

        package mutating func takeLast() -> FileDescriptor? {
            present.popLast().map { FileDescriptor(owning: numbers[$0]) }
        }
    }

    package enum Received: ~Copyable {
        case message(Message)
        /// The peer has closed its end, or died.
        case closed
    }

    /// Takes the next message. `buffer` is scratch space that is reused between calls; a message
    /// larger than it is an error, never a silent cut. Where this process may open no more files,
    /// descriptors are missing from the message.
    package func receive(
        into buffer: inout [UInt8], patience: Patience = .waits
    ) throws(SystemError) -> Received {
        var descriptors = Descriptors()
        var numberCount: Int32 = 0
        var isTruncated: Int32 = 0
        let count: Int
        do throws(SystemError) {
            count = try systemCall("receive a message") {
                unsafe buffer.withUnsafeMutableBytes { buffer in
                    var numbers = descriptors.numbers.mutableSpan
                    return unsafe numbers.withUnsafeMutableBufferPointer {
                        unsafe linux_receive_message(
                            descriptor.raw, buffer.baseAddress, buffer.count, $0.baseAddress,
                            &numberCount, &isTruncated, patience.flags)
                    }
                }
            }
        } catch {
            if error.code == ECONNRESET { return .closed }
            throw error
        }
        descriptors.present = 0..<Int(numberCount)
        guard isTruncated == 0 else { throw SystemError("receive a message", code: EMSGSIZE) }
        guard count > 0 else { return .closed }
        return .message(Message(count: count, descriptors: descriptors))
    }

    package enum Readiness: Sendable, Hashable {
        /// There is a message, or the peer is gone.
        case message
        /// There is none, and the peer takes more.
        case room
        case wokenUp
        case timedOut
    }

    /// Waits for a message until the deadline on the monotonic clock (nil: for ever), or until
    /// `wakeUp` is signalled, which it clears, or, `forWriting`, until the peer takes more.
    package func wait(
        untilNanoseconds deadline: UInt64?, orWokenBy wakeUp: borrowing WakeUp,
        forWriting: Bool = false
    ) throws(SystemError) -> Readiness {
        while true {
            var timeout: Int32 = -1
            if let deadline {
                let now = SystemClock.monotonicNanoseconds
                guard now < deadline else { return .timedOut }
                timeout = Int32(clamping: (deadline - now) / 1_000_000 + 1)
            }
            let ready = try systemCall("wait for a message") {
                linux_wait_for_either(
                    descriptor.raw, wakeUp.descriptor.raw, forWriting ? 1 : 0, timeout)
            }
            switch ready {
            case 0: continue
            case 1: return .message
            case 3: return .room
            default:
                wakeUp.clear()
                return .wokenUp
            }
        }
    }

    /// Is there surely room for a message of any size?
    package var isWritable: Bool {
        get throws(SystemError) {
            var request = pollfd(fd: descriptor.raw, events: Int16(POLLOUT), revents: 0)
            return try systemCall("look at a socket") { unsafe poll(&request, 1, 0) } > 0
        }
    }

    /// Wakes every thread that waits in `receive`: both directions end.
    package func shutdown() {
        _ = Glibc.shutdown(descriptor.raw, Int32(SHUT_RDWR))
    }
}
