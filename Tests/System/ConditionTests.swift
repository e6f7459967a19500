import KernelSystem
import KernelTesting
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ConditionTests {
    private struct Work {
        var jobs = 0
        var done = 0
        var isOver = false
    }

    private static let rounds = LongForm.isWanted ? 2_000_000 : 20_000

    /// As a pool is used: one signal for each job, and nobody looks without one.
    @Test func `no signal is lost, however many wait`() throws {
        let work = Condition(Work())
        let ended = Condition(0)
        let answered = Condition(0)
        let threads = 5
        for _ in 0..<threads {
            try SystemThread.start(name: "worker") {
                while true {
                    let isOver = work.wait { work -> Bool? in
                        if work.jobs > 0 {
                            work.jobs -= 1
                            work.done += 1
                            return false
                        }
                        return work.isOver ? true : nil
                    }
                    if isOver == true { break }
                    answered.withLock { $0 += 1 }
                    answered.signal()
                }
                ended.withLock { $0 += 1 }
                ended.broadcast()
            }
        }
        var wanted = 0
        for round in 1...Self.rounds {
            let jobs = round % 3 + 1
            wanted += jobs
            for _ in 0..<jobs {
                work.withLock { $0.jobs += 1 }
                work.signal()
            }
            let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
            let all = answered.wait(untilNanoseconds: deadline) { count -> Bool? in
                guard count >= jobs else { return nil }
                count -= jobs
                return true
            }
            try #require(all == true, "a signal was lost in round \(round)")
        }
        work.withLock { $0.isOver = true }
        work.broadcast()
        _ = ended.wait { $0 == threads ? true : nil }
        let done = work.withLock { $0.done }
        #expect(done == wanted)
    }

    @Test func `a deadline ends a wait, and what came by then counts`() {
        let value = Condition(1)
        let now = SystemClock.monotonicNanoseconds
        #expect(value.wait(untilNanoseconds: now) { _ in nil as Bool? } == nil)
        #expect(value.wait(untilNanoseconds: now + 2_000_000) { $0 == 2 ? true : nil } == nil)
        #expect(SystemClock.monotonicNanoseconds >= now + 2_000_000)
        #expect(value.wait(untilNanoseconds: 0) { $0 == 1 ? true : nil } == true)
    }
}
