import Glibc
import KernelClient
import KernelSystem
import KernelTesting
import KernelWire
import ModuleJSON
import Synchronization
import Testing

/// A client's end of a socket; the other end is whatever the test writes.
@Suite(.timeLimit(.minutes(1)))
final class SocketTransportTests {
    private let folder: TemporaryFolder
    private let listener: FileDescriptor

    init() throws {
        // A peer that is gone must not end the tests.
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        folder = try TemporaryFolder()
        listener = try UnixSocket.listen(at: folder.file("socket"))
    }

    private func accept() throws -> FileDescriptor {
        try waitFor("the client") {
            var entry = pollfd(fd: listener.raw, events: Int16(POLLIN), revents: 0)
            return poll(&entry, 1, 0) > 0
        }
        let accepted = try UnixSocket.accept(listener)
        guard let accepted else { throw SystemError("accept", code: EAGAIN) }
        try accepted.setNonblocking(false)
        return accepted
    }

    private func client() throws -> WireClient {
        let connection = try UnixSocket.connect(to: folder.file("socket"))
        return WireClient(try SocketTransport(connection))
    }

    @Test func `a request that no kernel takes is refused here, and the next one goes on`() throws {
        let client = try client()
        try client.start(onNotification: { _, _ in })
        let kernel = try accept()
        let text = String(repeating: "x", count: WireFraming.requestBytesMax)
        let error = #expect(throws: WireError.self) {
            try soon("a reply") { try client.request("long", ["text": .string(text)]) }
        }
        #expect(error?.message.contains("\(WireFraming.requestBytesMax)") == true)
        // Answered once it was asked: a reply to no request is dropped.
        let reply = Condition<WireClient.Reply?>(nil)
        client.send("short", [:], id: 7) { answer in
            reply.withLock { $0 = answer }
            reply.broadcast()
        }
        try kernel.write(WireMessage.reply(id: 7, result: "two").line)
        try waitFor("the reply") { reply.withLock { $0 != nil } }
        #expect(try reply.withLock { $0 }?.get() == "two")
        client.close()
    }

    @Test func `more than a socket takes at once is sent by and by, while replies come`() throws {
        let client = try client()
        try client.start(onNotification: { _, _ in })
        let kernel = try accept()
        let sent = WireMessage.request(
            id: 1, method: "long", params: ["text": .string(String(repeating: "x", count: 3 << 20))]
        )
        let reply = Condition<WireClient.Reply?>(nil)
        guard case .request(_, let method, let params) = sent else { return }
        client.send(method, params) { answer in
            reply.withLock { $0 = answer }
            reply.broadcast()
        }
        var framing = WireFraming()
        var lines: [[UInt8]] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while lines.isEmpty, case .bytes(let count) = try kernel.read(into: &buffer) {
            lines += framing.add(buffer[..<count])
        }
        #expect(try lines.map { try WireMessage(line: $0) } == [sent])
        try kernel.write(WireMessage.reply(id: 1, result: "done").line)
        try waitFor("the reply") { reply.withLock { $0 != nil } }
        #expect(try reply.withLock { $0 }?.get() == "done")
        client.close()
    }

    @Test func `what the kernel said before it went is heard, and then its end`() throws {
        let client = try client()
        let heard = Mutex<[String]>([])
        let end = Condition(false)
        try client.start(
            onNotification: { method, _ in heard.withLock { $0.append(method) } },
            onClosed: {
                end.withLock { $0 = true }
                end.broadcast()
            })
        try speak(try accept())
        try waitFor("the end") { end.withLock { $0 } }
        #expect(heard.withLock { $0 } == ["one", "two"])
        #expect(client.isClosed && !client.isLeft)
        #expect(throws: WireClient.kernelIsGone) {
            try soon("a reply") { try client.request("three") }
        }
    }

    /// In pieces, with a line that is no message, and half a line at the end.
    private func speak(_ kernel: consuming FileDescriptor) throws {
        let one = WireMessage.notification(method: "one", params: [:]).line
        let two = WireMessage.notification(method: "two", params: [:]).line
        for byte in one { try kernel.write([byte]) }
        try kernel.write(Array("frob\n\r\n".utf8) + two + Array("{\"half".utf8))
    }

    @Test func `a client that leaves is not told that the kernel has gone`() throws {
        let client = try client()
        try client.start(onNotification: { _, _ in })
        client.close()
        #expect(client.isClosed && client.isLeft)
        var buffer: [UInt8] = [0]
        #expect(try accept().read(into: &buffer) == .endOfFile)
    }
}
