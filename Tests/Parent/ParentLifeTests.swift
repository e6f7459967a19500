import KernelParent
import Testing

struct ParentLifeTests {
    private static let second: UInt64 = 1_000_000_000

    /// A kernel that ended at a moment, in seconds.
    private static func ended(
        _ end: ParentLife.End, at seconds: Double, lived: Double = 60, served: Bool = true,
        stopping: Bool = false
    ) -> ParentLife.Event {
        // Clocks begin anywhere.
        let begin = 1_000.0
        return .ended(
            end,
            ParentLife.FlightEnd(
                hadServed: served, wasStopping: stopping,
                startedNanoseconds: UInt64((begin + seconds - lived) * 1e9),
                nanoseconds: UInt64((begin + seconds) * 1e9)))
    }

    private static func crashed(at seconds: Double, served: Bool = true) -> ParentLife.Event {
        ended(.crashed(status: 139), at: seconds, served: served)
    }

    @Test func `the first is started as it was asked for`() {
        #expect(ParentLife(restarts: true, isSafe: false).firstAction == .start(isSafe: false))
        #expect(ParentLife(restarts: true, isSafe: true).firstAction == .start(isSafe: true))
    }

    @Test(arguments: [0, 1, 2, 143])
    func `a kernel that ends by itself ends its parent with its status`(status: Int32) {
        var life = ParentLife(restarts: true, isSafe: false)
        #expect(life.next(Self.ended(.left(status: status), at: 1)) == .end(status: status))
    }

    @Test func `three crashes in five minutes lead to safe mode, one more to the end`() {
        var life = ParentLife(restarts: true, isSafe: false)
        #expect(life.next(Self.crashed(at: 1)) == .start(isSafe: false))
        #expect(life.next(Self.crashed(at: 150)) == .start(isSafe: false))
        #expect(life.next(Self.crashed(at: 299)) == .start(isSafe: true))
        #expect(life.isSafe)
        #expect(life.next(Self.crashed(at: 300)) == .giveUp(status: 139))
    }

    @Test func `crashes that lie further apart are forgotten`() {
        var life = ParentLife(restarts: true, isSafe: false)
        for number in 0..<50 {
            #expect(life.next(Self.crashed(at: Double(number) * 151)) == .start(isSafe: false))
        }
    }

    @Test func `a kernel that was started in safe mode by hand gets its three crashes`() {
        var life = ParentLife(restarts: true, isSafe: true)
        #expect(life.next(Self.crashed(at: 1)) == .start(isSafe: true))
        #expect(life.next(Self.crashed(at: 2)) == .start(isSafe: true))
        #expect(life.next(Self.crashed(at: 3)) == .giveUp(status: 139))
    }

    @Test func `kernels that are killed are started again, as often as that may be`() {
        var life = ParentLife(restarts: true, isSafe: false)
        for number in 0..<300 {
            let killed = Self.ended(.killed(status: 137), at: Double(number) / 10)
            #expect(life.next(killed) == .start(isSafe: false))
        }
    }

    @Test func `starts in vain are made at longer and longer intervals`() {
        var life = ParentLife(restarts: true, isSafe: false)
        var waits: [UInt64] = []
        for number in 0..<12 {
            let killed = Self.ended(.killed(status: 137), at: Double(number), served: false)
            switch life.next(killed) {
            case .wait(let nanoseconds):
                waits.append(nanoseconds)
                #expect(life.next(.waited) == .start(isSafe: false))
            case let other: #expect(other == .start(isSafe: false) && waits.isEmpty)
            }
        }
        let hundredth = Self.second / 100
        #expect(
            waits.prefix(4) == [10 * hundredth, 20 * hundredth, 40 * hundredth, 80 * hundredth])
        #expect(waits.count == 11 && waits.suffix(3).allSatisfy { $0 == 10 * Self.second })
        let served = Self.ended(.killed(status: 137), at: 100)
        #expect(life.next(served) == .start(isSafe: false))
    }

    @Test func `kernels that serve for a moment only are started later and later after a while`() {
        var life = ParentLife(restarts: true, isSafe: false)
        func brief() -> ParentLife.Action {
            life.next(Self.ended(.killed(status: 137), at: 1, lived: 3))
        }
        for _ in 0..<11 { #expect(brief() == .start(isSafe: false)) }
        #expect(brief() == .wait(nanoseconds: Self.second / 10))
        #expect(life.next(.waited) == .start(isSafe: false))
        #expect(brief() == .wait(nanoseconds: Self.second / 5))
        #expect(life.next(.waited) == .start(isSafe: false))
        let useful = Self.ended(.killed(status: 137), at: 9, lived: 3.1)
        #expect(life.next(useful) == .start(isSafe: false))
        #expect(brief() == .start(isSafe: false))
    }

    @Test func `a kernel that cannot be started is tried again, later and later`() {
        var life = ParentLife(restarts: true, isSafe: false)
        let failure = ParentLife.Event.notStarted(status: 70)
        #expect(life.next(failure) == .start(isSafe: false))
        for tenths: UInt64 in [1, 2, 4] {
            #expect(life.next(failure) == .wait(nanoseconds: tenths * Self.second / 10))
            #expect(life.next(.waited) == .start(isSafe: false))
        }
        _ = life.next(failure)
        #expect(life.next(.asked(signal: 15)) == .end(status: 143))
        var once = ParentLife(restarts: false, isSafe: false)
        #expect(once.next(failure) == .end(status: 70))
    }

    @Test func `a parent that is told to end starts no other kernel`() {
        for end in [ParentLife.End.crashed(status: 139), .killed(status: 137)] {
            var life = ParentLife(restarts: true, isSafe: false)
            #expect(life.next(.asked(signal: 15)) == .goOn)
            #expect(life.next(.asked(signal: 1)) == .goOn)
            #expect(life.next(Self.ended(end, at: 1)) == .end(status: 143))
        }
        var life = ParentLife(restarts: true, isSafe: false)
        #expect(life.next(.asked(signal: 15)) == .goOn)
        #expect(life.next(Self.ended(.left(status: 0), at: 1)) == .end(status: 0))
    }

    @Test func `told to end between two kernels it does so at once`() {
        var life = ParentLife(restarts: true, isSafe: false)
        _ = life.next(Self.crashed(at: 1, served: false))
        guard case .wait = life.next(Self.crashed(at: 2, served: false)) else {
            Issue.record("it did not wait")
            return
        }
        #expect(life.next(.asked(signal: 2)) == .end(status: 130))
    }

    @Test func `a kernel that crashes while it stops is not started again`() {
        var life = ParentLife(restarts: true, isSafe: false)
        let event = Self.ended(.crashed(status: 139), at: 1, stopping: true)
        #expect(life.next(event) == .end(status: 139))
    }

    @Test func `a script's kernel is started once`() {
        for end in [ParentLife.End.crashed(status: 139), .killed(status: 139)] {
            var life = ParentLife(restarts: false, isSafe: false)
            #expect(life.next(Self.ended(end, at: 1)) == .end(status: 139))
        }
    }
}
