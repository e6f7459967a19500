import KernelDatabase
import KernelHistory
import KernelStore
import KernelTesting
import Testing

/// A statement that reads a whole table is quick only as long as there is little in it.
@Suite(.blocking) struct PlanTests {
    private func plan(_ statement: String, _ scratch: ScratchHistory) throws -> [String] {
        let path = scratch.folder.file(SQLiteStore.fileName)
        let database = Database(try Connection(opening: path))
        database.connection.setLeavesLogAtClose(true)
        let places = statement.contains("?2") ? 2 : statement.count { $0 == "?" }
        var lines: [String] = []
        try database.each(
            "EXPLAIN QUERY PLAN \(statement)", Array(repeating: .null, count: places)
        ) { row in
            lines.append(row.text(3))
            return true
        }
        return lines
    }

    @Test(arguments: ChatStatement.all)
    func `a statement finds its rows by an index, in their order`(statement: String) throws {
        let scratch = try ScratchHistory()
        let lines = try plan(statement, scratch)
        #expect(!lines.isEmpty)
        for line in lines {
            // The scan of a virtual table is one by its words; these indices have few.
            let isScan =
                line.hasPrefix("SCAN") && !line.contains("VIRTUAL TABLE INDEX")
                && !line.contains("INDEX message_open") && !line.contains("INDEX chat_by_fork")
            #expect(!isScan && !line.contains("TEMP B-TREE"), "\(line)")
        }
    }

    @Test(arguments: [ChatScope.all, .shared, .client("a")])
    func `lists of chats are read in their order`(scope: ChatScope) throws {
        let scratch = try ScratchHistory()
        var filter = ChatFilter(scope)
        filter.after = ChatFilter.Cursor(touched: .now, chat: ChatID(number: 1))
        let lines = try plan(ChatListQuery(filter).text, scratch)
        #expect(lines.contains { $0.contains("USING INDEX chat_by_") })
        #expect(!lines.contains { $0.contains("TEMP B-TREE FOR ORDER BY") })
    }

    @Test(arguments: [
        ("chat", "spending_by_chat"), ("run", "spending_by_run"), ("time", "spending_by_time"),
    ])
    func `sums read what they add up`(what: String, index: String) throws {
        let scratch = try ScratchHistory()
        var query = SpendingQuery(by: .model)
        if what == "chat" { query.chat = ChatID(number: 1) }
        if what == "run" { query.run = "x" }
        if what == "time" { query.from = .now }
        #expect(try plan(SpendingStatement(query).text, scratch).contains { $0.contains(index) })
    }
}
