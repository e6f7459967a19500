import KernelWire
import ModuleJSON
import Synchronization
import Testing

struct WireTransportTests {
    private static func line(_ number: Int) -> WireMessage {
        .notification(method: LogEntry.method, params: ["text": .string("\(number)")])
    }

    private static let max = WireBacklog.droppableMax

    @Test func `beyond the limit lines and progress are dropped and counted, replies never`() {
        var backlog = WireBacklog()
        for number in 0..<Self.max { backlog.add(Self.line(number)) }
        for number in 0..<5 { backlog.add(Self.line(number)) }
        backlog.add(.notification(method: CallNews.progress, params: [:]))
        backlog.add(.notification(method: CallNews.output, params: ["value": "kept"]))
        backlog.add(.reply(id: 1, result: "kept"))
        let all = backlog.takeAll()
        #expect(all.count == Self.max + 3)
        #expect(all[Self.max - 1] == Self.line(Self.max - 1))
        #expect(all[Self.max + 1] == .reply(id: 1, result: "kept"))
        guard case .notification(KernelNews.method, let notice)? = all.last else {
            Issue.record("no notice: \(String(describing: all.last))")
            return
        }
        #expect(notice["text"]?.string?.hasPrefix("6 pieces of news") == true)
        #expect((try? notice.decode(KernelNews.self))?.event == "lost")
        #expect(backlog.isEmpty)
    }

    @Test func `there is room again for what was taken`() {
        var backlog = WireBacklog()
        for number in 0..<Self.max { backlog.add(Self.line(number)) }
        #expect(backlog.takeFirst() == Self.line(0))
        backlog.add(Self.line(7))
        let rest = backlog.takeAll()
        #expect(rest.count == Self.max && rest.last == Self.line(7))
    }

    @Test func `a reader that is full gets no more until it has taken what it had`() {
        let (one, other) = InMemoryTransport.pair()
        let heard = Mutex<[WireMessage]>([])
        let isFull = Mutex(false)
        let reliefs = Mutex(0)
        var writer = WireReader(receive: { _ in }, closed: {})
        writer.relieved = { reliefs.withLock { $0 += 1 } }
        one.start(writer)
        var reader = WireReader(
            receive: { message in
                heard.withLock { $0.append(message) }
                isFull.withLock { $0 = true }
            }, closed: {})
        reader.isFull = { isFull.withLock { $0 } }
        other.start(reader)
        for number in 0..<3 { one.send(Self.line(number)) }
        #expect(heard.withLock { $0 } == [Self.line(0)] && one.isCrowded)
        isFull.withLock { $0 = false }
        other.resume()
        #expect(heard.withLock { $0 } == [Self.line(0), Self.line(1)] && one.isCrowded)
        #expect(reliefs.withLock { $0 } == 0)
        for _ in 0..<2 {
            isFull.withLock { $0 = false }
            other.resume()
        }
        #expect(heard.withLock { $0.count } == 3 && !one.isCrowded)
        #expect(reliefs.withLock { $0 } == 1)
    }

    @Test func `what came before anybody listened is heard in order, and the end once`() {
        let (one, other) = InMemoryTransport.pair()
        for number in 0..<10 { one.send(Self.line(number)) }
        let heard = Mutex<[WireMessage]>([])
        let ends = Mutex(0)
        other.start(
            receive: { message in heard.withLock { $0.append(message) } },
            closed: { ends.withLock { $0 += 1 } })
        #expect(heard.withLock { $0 } == (0..<10).map(Self.line))
        one.close()
        one.close()
        other.send(Self.line(11))
        #expect(ends.withLock { $0 } == 1)
    }

    @Test func `an end that came before anybody listened is heard after all else`() {
        let (one, other) = InMemoryTransport.pair()
        one.send(Self.line(1))
        one.close()
        let heard = Mutex<[String]>([])
        other.start(
            receive: { message in heard.withLock { $0.append("\(message == Self.line(1))") } },
            closed: { heard.withLock { $0.append("end") } })
        #expect(heard.withLock { $0 } == ["true", "end"])
    }

    @Test func `the end overtakes no message`() {
        let (one, other) = InMemoryTransport.pair()
        let heard = Mutex<[String]>([])
        other.start(
            receive: { message in
                // As from another thread: this message is still being dealt with.
                if message == Self.line(0) {
                    one.send(Self.line(1))
                    one.close()
                }
                heard.withLock { $0.append(message == Self.line(0) ? "first" : "second") }
            },
            closed: { heard.withLock { $0.append("end") } })
        one.send(Self.line(0))
        #expect(heard.withLock { $0 } == ["first", "second", "end"])
    }

    /// Somebody who listens and holds what he listens to, as clients and sessions do.
    private final class Listener: Sendable {
        let transport: InMemoryTransport
        init(_ transport: InMemoryTransport) {
            self.transport = transport
            transport.start(receive: { _ in _ = self }, closed: { _ = self })
        }
    }

    @Test(arguments: [true, false])
    func `whoever listened is let go of once either side has closed`(byFirst: Bool) {
        func converse() -> (() -> Listener?, () -> Listener?) {
            let (one, other) = InMemoryTransport.pair()
            let (first, second) = (Listener(one), Listener(other))
            first.transport.send(Self.line(1))
            (byFirst ? first : second).transport.close()
            return ({ [weak first] in first }, { [weak second] in second })
        }
        let (first, second) = converse()
        #expect(first() == nil && second() == nil)
    }
}
