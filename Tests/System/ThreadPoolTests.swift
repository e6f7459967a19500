import KernelSystem
import KernelTesting
import Synchronization
import Testing

struct ThreadPoolTests {
    @Test func `idle threads end, but for the last`() throws {
        let pool = ThreadPool(name: "test", threadsMax: 4, idleSeconds: 0)
        let gate = Condition(false)
        let running = Atomic(0)
        for _ in 0..<4 {
            pool.run {
                running.add(1, ordering: .relaxed)
                _ = gate.wait { $0 ? true : nil }
            }
        }
        try waitFor("four threads") { running.load(ordering: .relaxed) == 4 }
        gate.withLock { $0 = true }
        gate.broadcast()
        try waitFor("the threads to end") { pool.counts.threads == 1 }
        let isDone = Condition(false)
        pool.run {
            isDone.withLock { $0 = true }
            isDone.broadcast()
        }
        #expect(isDone.wait { $0 ? true : nil } == true)
        pool.close()
        try waitFor("the last to end") { pool.counts.threads == 0 }
    }
}
