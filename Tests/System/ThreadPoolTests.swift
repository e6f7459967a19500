import KernelBase
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

    @Test func `lost threads are replaced, but not without end`() throws {
        let pool = ThreadPool(name: "test", threadsMax: 2)
        defer { pool.close() }
        let gate = Condition(false)
        let running = Atomic(0)
        // Each one is lost as soon as it runs: as many again as the pool may have, and no more.
        for number in 1...4 {
            pool.run {
                running.add(1, ordering: .relaxed)
                _ = gate.wait { $0 ? true : nil }
                pool.reclaimThread()
            }
            try waitFor("job \(number)") { running.load(ordering: .relaxed) == number }
            pool.abandonThread()
        }
        pool.run { running.add(1, ordering: .relaxed) }
        #expect(pool.counts.threads == 4 && pool.counts.waiting == 1)
        gate.withLock { $0 = true }
        gate.broadcast()
        try waitFor("the job that waited") { running.load(ordering: .relaxed) == 5 }
    }

    @Test func `threads that share the work of fewer end`() throws {
        let pool = ThreadPool(name: "test", threadsMax: 8, idleSeconds: 0.3)
        defer { pool.close() }
        let gate = Condition(false)
        let running = Atomic(0)
        for _ in 0..<8 {
            pool.run {
                running.add(1, ordering: .relaxed)
                _ = gate.wait { $0 ? true : nil }
            }
        }
        try waitFor("eight threads") { running.load(ordering: .relaxed) == 8 }
        gate.withLock { $0 = true }
        gate.broadcast()
        let ran = Atomic(0)
        try waitFor("fewer threads") {
            // More often than any of them would be asleep for long.
            for _ in 0..<8 {
                pool.run { ran.add(1, ordering: .relaxed) }
                let next = SystemClock.monotonicNanoseconds + 1_000_000
                _ = gate.wait(untilNanoseconds: next) { _ in Bool?.none }
            }
            return pool.counts.threads <= 2
        }
        #expect(ran.load(ordering: .relaxed) > 0)
    }

    @Test func `a job waits for no thread that another one has just taken`() throws {
        for round in 0..<(LongForm.isWanted ? 10_000 : 1_000) {
            let pool = ThreadPool(name: "test", threadsMax: 2)
            defer { pool.close() }
            let state = Condition(0)
            pool.run {}
            while pool.counts.idle < 1 || pool.counts.waiting > 0 { _ = pool.counts }
            pool.run {
                let deadline = SystemClock.monotonicNanoseconds + 5_000_000_000
                _ = state.wait(untilNanoseconds: deadline) { $0 == 1 ? true : nil }
                state.withLock { $0 += 2 }
                state.broadcast()
            }
            // Until the thread wakes up: each round a little longer.
            for _ in 0..<round % 1_000 { _ = SystemClock.monotonicNanoseconds }
            pool.run {
                state.withLock { $0 += 1 }
                state.broadcast()
            }
            let end = SystemClock.monotonicNanoseconds + 10_000_000_000
            let came = state.wait(untilNanoseconds: end) { $0 >= 2 ? $0 : nil }
            try #require(came == 3, "in round \(round)")
        }
    }
}
