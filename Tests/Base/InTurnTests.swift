import KernelBase
import Synchronization
import Testing

struct InTurnTests {
    private final class Log: Sendable {
        let items = Mutex<[Int]>([])
        var all: [Int] { items.withLock { $0 } }
    }

    @Test func `what is added while something is handed on comes after it, on the same thread`() {
        let log = Log()
        let line = Mutex<InTurn<Int>?>(nil)
        let turns = InTurn<Int> { item in
            if item == 1 { line.withLock { $0 }?.add(2) }
            log.items.withLock { $0.append(item) }
        }
        line.withLock { $0 = turns }
        turns.add(1)
        #expect(log.all == [1, 2])
        _ = line.withLock { line in
            defer { line = nil }
            return line
        }
    }

    @Test func `nothing comes after the last`() {
        let log = Log()
        let turns = InTurn<Int> { item in log.items.withLock { $0.append(item) } }
        turns.add(1)
        turns.add(2, isLast: true)
        turns.add(3)
        turns.add(4, isLast: true)
        #expect(log.all == [1, 2])
    }

    @Test func `a gate opens once, for the last that passes or by hand`() {
        let opened = Log()
        let gate = Gate(2) { opened.items.withLock { $0.append(1) } }
        gate.pass()
        #expect(opened.all.isEmpty)
        gate.pass()
        gate.open()
        #expect(opened.all == [1])
        Gate(0) { opened.items.withLock { $0.append(2) } }.open()
        #expect(opened.all == [1, 2])
    }
}
