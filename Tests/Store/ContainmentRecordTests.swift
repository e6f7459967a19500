import KernelBase
import KernelStore
import KernelTesting
import Testing

@Suite(.blocking) struct ContainmentRecordTests {
    private func record(_ build: String, _ failureClass: String, count: Int) -> QuarantineRecord {
        QuarantineRecord(
            build: build, failureClass: failureClass, module: "fs", count: count,
            since: Moment(milliseconds: Int64(count)), until: nil, reason: "It crashed.")
    }

    @Test func `a quarantine is in force until it is lifted`() throws {
        let scratch = try ScratchStore()
        let quarantine = scratch.store.quarantine
        let records = [record("abc", "crash", count: 3), record("abc", "hang", count: 2)]
        for record in records { try Answer.wait { quarantine.put(record, $0) } }
        try Answer.wait { quarantine.put(record("def", "crash", count: 1), $0) }
        let worse = record("abc", "crash", count: 4)
        try Answer.wait { quarantine.put(worse, $0) }
        let all = try Answer.wait { quarantine.list(includingLifted: false, $0) }
        #expect(all == [worse, records[1], record("def", "crash", count: 1)])

        let moment = Moment(milliseconds: 77)
        let lifted = try Answer.wait { quarantine.lift(build: "abc", by: "me", at: moment, $0) }
        #expect(lifted == 2)
        #expect(try Answer.wait { quarantine.list(includingLifted: false, $0) }.count == 1)
        let others = try Answer.wait { quarantine.list(includingLifted: true, $0) }
        #expect(others.first?.lifted == QuarantineRecord.Lifted(by: "me", at: moment))
        #expect(try Answer.wait { quarantine.lift(build: "abc", by: "me", at: .now, $0) } == 0)
    }
}
