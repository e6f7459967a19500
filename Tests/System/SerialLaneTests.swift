import KernelSystem
import KernelTesting
import Synchronization
import Testing

struct SerialLaneTests {
    @Test func `jobs run one at a time, in the order in which they came`() throws {
        let pool = ThreadPool(name: "test", threadsMax: 8)
        defer { pool.close() }
        let lane = SerialLane(on: pool)
        let order = Mutex<[Int]>([])
        let running = Atomic(0)
        let overlaps = Atomic(0)
        for number in 0..<200 {
            lane.run {
                if running.add(1, ordering: .relaxed).newValue > 1 {
                    overlaps.add(1, ordering: .relaxed)
                }
                order.withLock { $0.append(number) }
                running.subtract(1, ordering: .relaxed)
            }
        }
        try waitFor("all jobs") { order.withLock { $0.count } == 200 }
        #expect(order.withLock { $0 } == Array(0..<200))
        #expect(overlaps.load(ordering: .relaxed) == 0)
    }

    @Test func `a job may add the next one, which runs after it`() throws {
        let pool = ThreadPool(name: "test", threadsMax: 8)
        defer { pool.close() }
        let lane = SerialLane(on: pool)
        let order = Mutex<[Int]>([])
        lane.run {
            lane.run { order.withLock { $0.append(2) } }
            order.withLock { $0.append(1) }
        }
        try waitFor("both") { order.withLock { $0 } == [1, 2] }
    }

    @Test func `a lane that is held up holds up no other, and goes on later`() throws {
        let pool = ThreadPool(name: "test", threadsMax: 8)
        defer { pool.close() }
        let gate = Condition(false)
        let held = SerialLane(on: pool)
        let free = SerialLane(on: pool)
        let done = Mutex<[String]>([])
        held.run { _ = gate.wait { $0 ? true : nil } }
        held.run { done.withLock { $0.append("held") } }
        free.run { done.withLock { $0.append("free") } }
        try waitFor("the free lane") { done.withLock { $0 } == ["free"] }
        gate.withLock { $0 = true }
        gate.broadcast()
        try waitFor("the other lane") { done.withLock { $0 } == ["free", "held"] }
    }
}
