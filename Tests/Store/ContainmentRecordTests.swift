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

    @Test func `each client is told of a crash once`() throws {
        let scratch = try ScratchStore()
        let crashes = scratch.store.crashes
        var crash = CrashRecord(at: Moment(milliseconds: 5), sentence: "fs crashed.")
        crash.module = "fs"
        crash.build = "abc"
        crash.task = "fs.read"
        crash.interrupted = ["t1", "t2"]
        crash.number = try Answer.wait { crashes.add(crash, $0) }
        let own = CrashRecord(at: Moment(milliseconds: 6), sentence: "The kernel crashed.")
        let second = try Answer.wait { crashes.add(own, $0) }
        #expect(try Answer.wait { crashes.undelivered(to: "a", $0) }.first == crash)
        try Answer.wait { crashes.markDelivered([crash.number, 4_711], to: "a", $0) }
        try Answer.wait { crashes.markDelivered([crash.number], to: "a", $0) }
        #expect(try Answer.wait { crashes.undelivered(to: "a", $0) }.map(\.number) == [second])
        #expect(try Answer.wait { crashes.undelivered(to: "b", $0) }.count == 2)
        let list = try Answer.wait { crashes.list(limit: 10, $0) }
        #expect(list.map(\.number) == [second, crash.number])
        #expect(list[1].deliveredTo == ["a"])
    }

    @Test func `old crashes are forgotten`() throws {
        let scratch = try ScratchStore()
        let crashes = scratch.store.crashes
        for number in 0..<(StoreLimits.crashesMax + 5) {
            let crash = CrashRecord(at: .now, sentence: "\(number)")
            _ = try Answer.wait { crashes.add(crash, $0) }
        }
        let list = try Answer.wait { crashes.list(limit: .max, $0) }
        #expect(list.count == StoreLimits.crashesMax)
        #expect(list.last?.sentence == "5")
    }

    @Test func `a fact is what was set last`() throws {
        let scratch = try ScratchStore()
        let facts = scratch.store.facts
        #expect(try Answer.wait { facts.fact("a.x", $0) } == nil)
        try Answer.wait { facts.setFact("a.x", [1], $0) }
        try Answer.wait { facts.setFact("a.x", [], $0) }
        try Answer.wait { facts.setFact("a.y", [2], $0) }
        try Answer.wait { facts.setFact("a%", [3], $0) }
        #expect(try Answer.wait { facts.fact("a.x", $0) } == [])
        #expect(try Answer.wait { facts.facts("a.", $0) } == ["a.x": [], "a.y": [2]])
        try Answer.wait { facts.setFact("a.x", nil, $0) }
        #expect(try Answer.wait { facts.fact("a.x", $0) } == nil)
        let large = [UInt8](repeating: 0, count: StoreLimits.factBytesMax + 1)
        #expect(
            refusal { try Answer.wait { facts.setFact("a.x", large, $0) } }?.kind == .tooLarge)
    }
}
