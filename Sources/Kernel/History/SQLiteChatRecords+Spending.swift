import KernelDatabase
package import KernelStore
import ModuleChat

extension SQLiteChatRecords {
    package func spend(_ entry: SpendingEntry, _ done: @escaping Completion<Void>) {
        write(to: done) { () throws(StoreError) in
            try ChatCheck.spending(entry.spending)
            try ChatCheck.name(entry.run, "name of a run")
        } _: {
            try $0.insert(entry, isAdopted: false)
        }
    }

    package func spent(_ query: SpendingQuery, _ done: @escaping Completion<[SpendingSum]>) {
        let statement = SpendingStatement(query)
        access.read(to: done) { transaction in
            var sums: [SpendingSum] = []
            try transaction.each(statement.text, statement.values) { row in
                let key = row.text(0)
                if sums.last?.key != key { sums.append(SpendingSum(key: key)) }
                sums[sums.count - 1].add(row)
                return true
            }
            return sums
        }
    }
}

/// A query as a statement, with one row for each key and currency.
package struct SpendingStatement {
    package let text: String
    let values: [SQLValue]

    private static let sumsMax = 10_000

    package init(_ query: SpendingQuery) {
        var values: [SQLValue] = []
        let key =
            switch query.grouping {
            case .none: "''"
            case .model: "model"
            case .chat: "chat"
            case .turn: "turn"
            case .day(let offsetSeconds):
                "(at + \(offsetSeconds) * 1000) / 86400000"
            }
        var conditions: [String] = []
        func add(_ condition: String, _ value: Int64?) {
            guard let value else { return }
            conditions.append(condition)
            values.append(.integer(value))
        }
        add("at >= ?", query.from?.milliseconds)
        add("at < ?", query.until?.milliseconds)
        add("chat = ?", query.chat?.number)
        add("turn = ?", query.turn?.number)
        if let run = query.run {
            conditions.append("run = ?")
            values.append(.text(run))
        }
        // What was adopted was spent by somebody else, and another time.
        if query.chat == nil, query.turn == nil { conditions.append("adopted = 0") }
        let condition = conditions.isEmpty ? "1" : conditions.joined(separator: " AND ")
        text = """
            SELECT \(key) AS key, count(*), sum(input), sum(cached), sum(output), sum(thinking),
                sum(micros), currency
            FROM spending WHERE \(condition) GROUP BY key, currency ORDER BY key, currency
            LIMIT \(Self.sumsMax)
            """
        self.values = values
    }
}

extension SpendingSum {
    fileprivate init(key: String) {
        self.init(
            key: key, requests: 0, input: 0, cached: 0, output: 0, thinking: 0, costs: [])
    }

    fileprivate mutating func add(_ row: borrowing Row) {
        requests += Int(row.integer(1))
        input += Int(row.integer(2))
        cached += Int(row.integer(3))
        output += Int(row.integer(4))
        thinking += Int(row.integer(5))
        if let currency = row.optionalText(7) {
            costs.append(Spending.Cost(micros: row.integer(6), currency: currency))
        }
    }
}

extension Transaction {
    func insert(_ entry: SpendingEntry, isAdopted: Bool) throws {
        let tokens = entry.spending.tokens
        func count(_ count: Int?) -> SQLValue { .optional(count.map { Int64($0) }) }
        try run(
            """
            INSERT INTO spending (at, chat, turn, message, run, model, input, cached, output,
                thinking, micros, currency, adopted)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .integer(entry.at.milliseconds), .optional(entry.chat?.number),
            .optional(entry.turn?.number), .optional(entry.message?.number),
            .optional(entry.run), .text(entry.spending.model), count(tokens.input),
            count(tokens.cached), count(tokens.output), count(tokens.thinking),
            .optional(entry.spending.cost?.micros), .optional(entry.spending.cost?.currency),
            .flag(isAdopted))
    }
}
