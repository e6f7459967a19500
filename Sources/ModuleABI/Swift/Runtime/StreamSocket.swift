internal import Dispatch
internal import Glibc
internal import Synchronization

/// A connected socket whose waiting holds no thread. Closed when it is let go of.
package final class StreamSocket: Sendable {
    package let descriptor: Int32
    private let hasFinished = Atomic(false)

    private static let queue = DispatchQueue(label: "connections")

    /// Takes over the descriptor.
    package init(owning descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    /// What there is, as soon as there is something; nothing at the end.
    package func read(atMost count: Int) async throws(SocketError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(count, 1))
        while true {
            let received = unsafe recv(descriptor, &bytes, bytes.count, 0)
            if received >= 0 { return Array(bytes[..<received]) }
            try await wait(for: .reading, after: errno)
        }
    }

    package func write(_ bytes: [UInt8]) async throws(SocketError) {
        var start = 0
        while start < bytes.count {
            let sent = unsafe bytes.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress! + start, $0.count - start, noSignal)
            }
            if sent >= 0 {
                start += sent
            } else {
                try await wait(for: .writing, after: errno)
            }
        }
    }

    private var noSignal: Int32 { Int32(MSG_NOSIGNAL) }

    /// The other side reads an end; what it says is still read.
    package func finishWriting() {
        hasFinished.store(true, ordering: .releasing)
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Both directions end, and whoever waits goes on.
    package func shutDown() {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Whether somebody on this side has ended it, so that an end that was read is none of the
    /// other side's.
    package var wasShutDown: Bool {
        guard !hasFinished.load(ordering: .acquiring) else { return false }
        var request = pollfd(fd: descriptor, events: 0, revents: 0)
        return unsafe poll(&request, 1, 0) > 0 && request.revents & Int16(POLLHUP) != 0
    }

    private enum Direction {
        case reading, writing
    }

    /// Returns once it may be tried again.
    private func wait(for direction: Direction, after error: Int32) async throws(SocketError) {
        if error == EINTR { return }
        guard error == EAGAIN else { throw SocketError(code: error) }
        await withCheckedContinuation { continuation in
            let source: any DispatchSourceProtocol =
                direction == .reading
                ? DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.queue)
                : DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: Self.queue)
            source.setEventHandler { source.cancel() }
            // The descriptor is closed after that.
            source.setCancelHandler { [self] in
                withExtendedLifetime(self) { continuation.resume() }
            }
            source.resume()
        }
    }
}

package struct SocketError: Error, CustomStringConvertible {
    let code: Int32

    /// Nothing can be written any more, whichever side ended it.
    var isBroken: Bool { code == EPIPE }

    package var description: String { unsafe String(cString: strerror(code)) }
}
