import KernelWire
import ModuleJSON
import Testing

struct WireOutboxTests {
    private static let news = WireMessage.notification(
        method: LogEntry.method,
        params: ["text": .string(String(repeating: "x", count: 1_000))])
    private static let reply = WireMessage.reply(id: 1, result: "kept")
    private static let output = WireMessage.notification(
        method: CallNews.output, params: ["value": "kept"])

    private func add(_ message: WireMessage, _ outbox: inout WireOutbox) {
        outbox.add(line: WireOutbox.line(of: message), isDroppable: message.isDroppable)
    }

    /// Sends everything, in pieces of a size, and answers the messages.
    private func drain(_ outbox: inout WireOutbox, by piece: Int) -> [WireMessage] {
        var framing = WireFraming()
        var lines: [[UInt8]] = []
        while !outbox.isEmpty {
            let end = min(outbox.first + piece, outbox.bytes.count)
            lines += framing.add(outbox.bytes[outbox.first..<end])
            outbox.sent(end - outbox.first)
        }
        return lines.compactMap { try? WireMessage(line: $0) }
    }

    @Test(arguments: [1, 7, 65_536, 10_000_000])
    func `what is put in comes out in order, however it is sent`(piece: Int) {
        var outbox = WireOutbox()
        let messages = (0..<50).map { WireMessage.reply(id: RequestID($0), result: .integer($0)) }
        for message in messages { add(message, &outbox) }
        #expect(drain(&outbox, by: piece) == messages)
        #expect(outbox.isEmpty && outbox.count == 0)
    }

    @Test func `long lines and short ones keep their order`() {
        var outbox = WireOutbox()
        let messages = (0..<600).map { number in
            let text = String(repeating: "x", count: number % 7 == 0 ? 100_000 : number % 90)
            return WireMessage.reply(id: RequestID(Int64(number)), result: .string(text))
        }
        for message in messages { add(message, &outbox) }
        #expect(outbox.count == messages.reduce(0) { $0 + $1.line.count })
        #expect(drain(&outbox, by: 10_007) == messages)
        #expect(outbox.isEmpty && outbox.first == 0 && outbox.bytes == [])
    }

    @Test func `it is crowded from when much waits until little does`() {
        var outbox = WireOutbox()
        while outbox.count <= WireOutbox.crowdedBytes {
            #expect(!outbox.isCrowded)
            add(Self.output, &outbox)
        }
        while outbox.count > WireOutbox.relievedBytes {
            #expect(outbox.isCrowded)
            outbox.sent(1)
        }
        #expect(!outbox.isCrowded)
    }

    @Test func `beyond the limit news is left out and counted, replies and output never`() throws {
        var outbox = WireOutbox()
        var kept = 0
        while outbox.count <= WireOutbox.newsBytesMax {
            add(Self.news, &outbox)
            kept += 1
        }
        for _ in 0..<7 { add(Self.news, &outbox) }
        add(Self.output, &outbox)
        add(Self.reply, &outbox)
        let all = drain(&outbox, by: 4_096)
        #expect(all.count == kept + 3)
        #expect(all.contains(Self.output) && all.contains(Self.reply))
        let notices = all.compactMap { message -> KernelNews? in
            guard case .notification(KernelNews.method, let params) = message else { return nil }
            return try? params.decode(KernelNews.self)
        }
        #expect(notices.map(\.event) == ["lost"])
        #expect(notices.first?.text.hasPrefix("7 pieces") == true)
        add(Self.news, &outbox)
        #expect(drain(&outbox, by: 4_096) == [Self.news])
    }
}
