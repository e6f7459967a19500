import KernelBase
import KernelWorkers
import Testing

@Suite struct CallPatienceTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `a call without a deadline is waited for until somebody asks it to end`() {
        var patience = CallPatience(deadlineNanoseconds: 0, graceSeconds: 1)
        #expect(patience.waitNanoseconds == nil)
        #expect(patience.next(cancelled: nil, nowNanoseconds: .max - 1) == .wait)
        #expect(patience.next(cancelled: .requested, nowNanoseconds: 5) == .cancel(.requested))
        #expect(patience.waitNanoseconds == 5 + Self.second)
    }

    @Test func `a call is asked to end at its deadline and killed after the grace`() {
        var patience = CallPatience(deadlineNanoseconds: 100, graceSeconds: 1)
        #expect(patience.waitNanoseconds == 100)
        #expect(patience.next(cancelled: nil, nowNanoseconds: 99) == .wait)
        #expect(patience.next(cancelled: nil, nowNanoseconds: 100) == .cancel(.deadline))
        #expect(patience.next(cancelled: nil, nowNanoseconds: 101) == .wait)
        #expect(patience.next(cancelled: nil, nowNanoseconds: 100 + Self.second) == .kill)
        #expect(patience.waitNanoseconds == nil)
        #expect(patience.next(cancelled: .requested, nowNanoseconds: .max) == .wait)
    }

    @Test func `who asked first decides the reason, and the kill comes once`() {
        var patience = CallPatience(deadlineNanoseconds: 100, graceSeconds: 0)
        #expect(patience.next(cancelled: .requested, nowNanoseconds: 200) == .cancel(.requested))
        #expect(patience.next(cancelled: .drain, nowNanoseconds: 200) == .kill)
        #expect(patience.next(cancelled: .drain, nowNanoseconds: 300) == .wait)
    }
}
