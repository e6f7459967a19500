import KernelBase
import Testing

@Suite struct SettlingTests {
    private static let millisecond: UInt64 = 1_000_000

    @Test func `a file that was moved into place is due at once`() {
        var settling = Settling()
        settling.hint("/m/a.so", .arrived, now: 100)
        #expect(settling.nextDue == 100)
        #expect(settling.takeDue(now: 100) == ["/m/a.so"])
        #expect(settling.nextDue == nil)
    }

    @Test func `a written file is left alone until it has been quiet`() {
        var settling = Settling()
        settling.hint("/m/a.so", .written, now: 0)
        settling.hint("/m/a.so", .written, now: 15 * Self.millisecond)
        #expect(settling.takeDue(now: 30 * Self.millisecond).isEmpty)
        #expect(settling.takeDue(now: 35 * Self.millisecond) == ["/m/a.so"])
        #expect(settling.takeDue(now: 100 * Self.millisecond).isEmpty)
    }

    @Test func `a file that is written without end is looked at all the same`() {
        var settling = Settling()
        var looks = 0
        for step in 0..<100 {
            let now = UInt64(step) * 10 * Self.millisecond
            settling.hint("/m/a.so", .written, now: now)
            looks += settling.takeDue(now: now).count
        }
        #expect((3...6).contains(looks))
    }

    @Test func `a removed file is believed later`() {
        var settling = Settling()
        settling.hint("/m/a.so", .removed, now: 0)
        #expect(settling.takeDue(now: Settling.removedQuiet - 1).isEmpty)
        #expect(settling.takeDue(now: Settling.removedQuiet) == ["/m/a.so"])
    }

    @Test func `a file that is linked anew long after it was removed still settles`() {
        var settling = Settling()
        settling.hint("/m/a.so", .removed, now: 0)
        let written = 900 * Self.millisecond
        settling.hint("/m/a.so", .written, now: written)
        #expect(settling.takeDue(now: written).isEmpty)
        #expect(settling.takeDue(now: written + Settling.writtenQuiet) == ["/m/a.so"])
    }

    @Test func `a file that comes and goes is looked at when it has stayed away`() {
        var settling = Settling()
        settling.hint("/m/a.so", .written, now: 0)
        settling.hint("/m/a.so", .removed, now: 1)
        #expect(settling.takeDue(now: Settling.writtenMax).isEmpty)
        #expect(settling.takeDue(now: 1 + Settling.removedQuiet) == ["/m/a.so"])
    }

    @Test func `looking again keeps what is pending`() {
        var settling = Settling()
        settling.hint("/m/a.so", .removed, now: 0)
        settling.lookAgain("/m/a.so", now: 5)
        #expect(settling.nextDue == Settling.removedQuiet)
        settling.lookAgain("/m/b.so", now: 5)
        #expect(settling.nextDue == 5 + Settling.writtenQuiet)
    }

    @Test func `each file is due once and on its own`() {
        var settling = Settling()
        for name in ["b", "a", "b"] { settling.hint(name, .arrived, now: 1) }
        settling.hint("c", .written, now: 1)
        #expect(settling.takeDue(now: 1) == ["a", "b"])
        #expect(settling.takeDue(now: 1 + Settling.writtenQuiet) == ["c"])
    }
}
