import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import Testing

@Suite(.blocking) struct SpendingTests {
    private static let day: Int64 = 86_400_000

    private func spending(
        _ model: String, _ output: Int, micros: Int64? = nil, _ currency: String = "USD"
    ) -> Spending {
        Spending(
            model, ChatUsage(input: 100, cached: 50, output: output, thinking: 1),
            cost: micros.map { Spending.Cost(micros: $0, currency: currency) })
    }

    @Test func `what was used is added up for a turn, a chat, a day, a model and a run`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let turn = try scratch.say("question", in: chat)
        for output in [1, 2] {
            let id = try Answer.wait {
                scratch.chats.append(
                    [.answer(by: "a", turn: turn)], to: chat, .atHead, .durable, $0)
            }[0].id
            let end = MessageEnd(.done, spending: spending("a", output, micros: 10))
            try scratch.record([.finish(end)], of: id, .durable)
        }
        // A try that came to nothing, another model, another currency, another day, no chat.
        var entry = SpendingEntry(
            spending("b", 4, micros: 7, "EUR"), at: Moment(milliseconds: Self.day), chat: chat)
        entry.turn = turn
        try Answer.wait { scratch.chats.spend(entry, $0) }
        var alone = SpendingEntry(spending("b", 8), at: Moment(milliseconds: 2 * Self.day - 1))
        alone.run = "nightly"
        try Answer.wait { scratch.chats.spend(alone, $0) }

        func sums(
            _ grouping: SpendingQuery.Grouping = .none,
            _ change: (inout SpendingQuery) -> Void = { _ in }
        ) throws -> [String: Int] {
            var query = SpendingQuery(by: grouping)
            change(&query)
            let sums = try Answer.wait { scratch.chats.spent(query, $0) }
            return Dictionary(uniqueKeysWithValues: sums.map { ($0.key, $0.output) })
        }
        #expect(try sums() == ["": 15])
        #expect(try sums { $0.chat = chat } == ["": 7])
        #expect(try sums { $0.turn = turn } == ["": 7])
        #expect(try sums { $0.run = "nightly" } == ["": 8])
        #expect(try sums(.model) == ["a": 3, "b": 12])
        #expect(try sums(.day(offsetSeconds: 0)) == ["0": 3, "1": 12])
        #expect(try sums(.day(offsetSeconds: 1)) == ["0": 3, "1": 4, "2": 8])
        #expect(try sums { $0.from = Moment(milliseconds: Self.day) } == ["": 12])
        #expect(try sums { $0.until = Moment(milliseconds: Self.day) } == ["": 3])
        #expect(try sums(.turn)["\(turn.number)"] == 7)
        let all = try Answer.wait { scratch.chats.spent(SpendingQuery(), $0) }[0]
        #expect(all.requests == 4 && all.input == 400 && all.cached == 200 && all.thinking == 4)
        #expect(
            all.costs == [
                Spending.Cost(micros: 7, currency: "EUR"),
                Spending.Cost(micros: 20, currency: "USD"),
            ])
    }

    @Test func `nothing that was used is nothing`() throws {
        let scratch = try ScratchHistory()
        #expect(try Answer.wait { scratch.chats.spent(SpendingQuery(), $0) } == [])
    }
}
