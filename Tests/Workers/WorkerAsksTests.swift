import KernelBase
import KernelHosting
import KernelTesting
import Synchronization
import Testing

@testable import KernelWorkers

@Suite struct WorkerAsksTests {
    /// Takes every request, and answers none.
    private final class SilentAsker: ModuleAsker {
        let lastID = Atomic<UInt64>(100)
        let asked = Mutex<[UInt64]>([])
        let cancelled = Mutex<[UInt64]>([])
        let listeners = Mutex<[any CallListener]>([])

        func newID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

        func ask(_ ask: ModuleAsk, _ listener: any CallListener) {
            asked.withLock { $0.append(ask.id) }
            listeners.withLock { $0.append(listener) }
        }

        func cancel(_ id: UInt64) {
            cancelled.withLock { $0.append(id) }
        }

        func credit(_ id: UInt64, bytes: UInt64) {}

        func deliver(_ job: @escaping @Sendable () -> Void) { job() }
    }

    private let asker = SilentAsker()
    private let asks: WorkerAsks

    private final class Sent: Sendable {
        let frames = Mutex<[Frame]>([])
    }

    private let replies = Sent()

    init() {
        asks = WorkerAsks(asker) { [replies] frame in replies.frames.withLock { $0.append(frame) } }
    }

    private func ask(_ number: UInt64, call: UInt64 = 0) -> Frame {
        var writer = ByteWriter()
        writer.write(UInt64(0))
        writer.write("storage.echo")
        writer.write([UInt8]())
        return Frame(.ask, id: number, second: call, body: writer.bytes)
    }

    @Test func `a number that is in use is no way around the bound`() throws {
        try asks.take(ask(1)) { _ in true }
        #expect(throws: ProtocolError.self) { try asks.take(ask(1)) { _ in true } }
        for number in 2...1_030 { try asks.take(ask(UInt64(number))) { _ in true } }
        #expect(asker.asked.withLock { $0.count } == 1_024)
        let refused = replies.frames.withLock { $0 }
        #expect(refused.map(\.id) == Array(1_025...1_030))
        #expect(refused.allSatisfy { CallOutcome($0).status == .limit })
        asks.cancelAll()
        #expect(asker.cancelled.withLock { $0.count } == 1_024)
    }

    @Test func `the end of a call asks only its own requests to end`() throws {
        try asks.take(ask(1, call: 7)) { $0 == 7 }
        try asks.take(ask(2)) { $0 == 7 }
        try asks.take(ask(3, call: 8)) { $0 == 7 }
        #expect(replies.frames.withLock { $0.map { CallOutcome($0).status } } == [.misuse])
        asks.cancel(of: 7)
        #expect(asker.cancelled.withLock { $0 } == asker.asked.withLock { Array($0.prefix(1)) })
        for listener in asker.listeners.withLock({ $0 }) {
            listener.callFinished(.failure(.cancelled, ""))
        }
        try asks.take(ask(1, call: 7)) { $0 == 7 }
        #expect(asker.asked.withLock { $0.count } == 3)
    }
}
