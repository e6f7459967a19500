import KernelSystem
import KernelTesting
import Synchronization
import Testing

struct AlarmsTests {
    private final class Rung: Sendable {
        private let numbers = Mutex<[Int]>([])

        func add(_ number: Int) { numbers.withLock { $0.append(number) } }
        var all: [Int] { numbers.withLock { $0 } }
    }

    @Test func `alarms ring in the order of their times, whenever they were set`() throws {
        let alarms = try Alarms()
        defer { alarms.close() }
        let rung = Rung()
        let begin = SystemClock.monotonicNanoseconds
        for number in [3, 1, 2] {
            alarms.run(atNanoseconds: begin + UInt64(number) * 5_000_000) { rung.add(number) }
        }
        try waitFor("three alarms") { rung.all.count == 3 }
        #expect(rung.all == [1, 2, 3])
        #expect(SystemClock.monotonicNanoseconds >= begin + 15_000_000)
    }

    @Test func `an alarm for a moment that has passed rings at once`() throws {
        let alarms = try Alarms()
        defer { alarms.close() }
        let rung = Rung()
        alarms.run(atNanoseconds: 1) { rung.add(1) }
        alarms.run(afterSeconds: -5) { rung.add(2) }
        try waitFor("both") { rung.all.count == 2 }
    }

    @Test func `an alarm that was called off does not ring, and the others do`() throws {
        let alarms = try Alarms()
        defer { alarms.close() }
        let rung = Rung()
        let token = alarms.run(afterSeconds: 0.02) { rung.add(1) }
        alarms.run(afterSeconds: 0.03) { rung.add(2) }
        alarms.cancel(token)
        try waitFor("the second") { rung.all == [2] }
        alarms.cancel(token)
    }

    @Test func `an alarm may set the next one`() throws {
        let alarms = try Alarms()
        defer { alarms.close() }
        let rung = Rung()
        alarms.run(afterSeconds: 0) {
            rung.add(1)
            alarms.run(afterSeconds: 0) { rung.add(2) }
        }
        try waitFor("both") { rung.all == [1, 2] }
    }

    @Test func `after the end nothing rings, and what the alarms hold is let go of`() throws {
        let alarms = try Alarms()
        weak var held: Rung?
        do {
            let rung = Rung()
            held = rung
            alarms.run(afterSeconds: 3_600) { rung.add(1) }
        }
        #expect(held != nil)
        alarms.close()
        #expect(held == nil)
        do {
            let late = Rung()
            held = late
            alarms.run(afterSeconds: 0) { late.add(1) }
        }
        #expect(held == nil)
    }
}
