import Testing

@testable import KernelWorkers

@Suite struct ReceiverCrewTests {
    /// A crew in which `count` calls are being served.
    private func crew(serving count: Int) -> ReceiverCrew {
        var crew = ReceiverCrew()
        crew.join()
        for number in 0..<count { _ = crew.received(Frame(.call, id: UInt64(number))) }
        return crew
    }

    @Test func `the last one that waits starts another before it serves, but for a cancellation`() {
        var crew = crew(serving: 0)
        guard case .serve(startsAnother: true) = crew.received(Frame(.call)) else {
            Issue.record("nobody waits any more")
            return
        }
        guard case .serve(startsAnother: false) = crew.received(Frame(.cancel)) else {
            Issue.record("a thread was started for a moment")
            return
        }
    }

    @Test func `calls beyond the bound wait for a thread in their order, and somebody listens`() {
        var crew = crew(serving: ReceiverCrew.servingMax)
        for id in 1...2 {
            guard case .putAside = crew.received(Frame(.call, id: UInt64(id))) else {
                Issue.record("more threads than allowed")
                return
            }
        }
        // Whoever has served a cancellation listens again, and does not go off with a call.
        guard case .serve(startsAnother: false) = crew.received(Frame(.cancel)),
            case .wait = crew.served()
        else {
            Issue.record("nobody listens")
            return
        }
        for id in 1...2 {
            guard case .serve(let frame, startsAnother: false) = crew.served() else {
                Issue.record("a call was forgotten")
                return
            }
            #expect(frame.id == UInt64(id))
        }
    }

    @Test func `threads beyond those that wait for more end`() {
        var crew = crew(serving: 10)
        var ends = 0
        for _ in 0..<10 { if case .end = crew.served() { ends += 1 } }
        #expect(ends == 10 - (ReceiverCrew.waitingMax - 1))
    }
}
