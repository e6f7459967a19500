/// A connection with the statements that were used on it. One thread at a time.
package final class Database {
    package let connection: Connection
    private var statements: [String: Kept] = [:]

    /// The texts of statements are constants in the code; who builds them at run time meets this
    /// limit, at which the kept ones are forgotten.
    private static let keptMax = 200

    private final class Kept {
        let statement: Statement
        var isBusy = false

        init(_ statement: consuming Statement) {
            self.statement = statement
        }
    }

    package init(_ connection: consuming Connection) {
        self.connection = connection
    }

    package var path: String { connection.path }

    /// Rows changed by a statement that answers no rows.
    @discardableResult
    package func run(_ text: String, _ values: SQLValue...) throws(DatabaseError) -> Int {
        try run(text, values)
    }

    @discardableResult
    package func run(_ text: String, _ values: [SQLValue]) throws(DatabaseError) -> Int {
        let kept = try take(text)
        defer { giveBack(kept) }
        try kept.statement.bind(values)
        while try kept.statement.step() {}
        return connection.changes
    }

    /// Calls `body` with each row until it says false.
    package func each(
        _ text: String, _ values: [SQLValue], _ body: (borrowing Row) throws -> Bool
    ) throws {
        let kept = try take(text)
        defer { giveBack(kept) }
        try kept.statement.bind(values)
        while try kept.statement.step(), try body(kept.statement.row) {}
    }

    /// The first row, if there is one.
    package func first<Value>(
        _ text: String, _ values: [SQLValue], _ read: (borrowing Row) throws -> Value
    ) throws -> Value? {
        let kept = try take(text)
        defer { giveBack(kept) }
        try kept.statement.bind(values)
        return try kept.statement.step() ? try read(kept.statement.row) : nil
    }

    /// The integer in the only column of the first row.
    package func integer(_ text: String, _ values: SQLValue...) throws(DatabaseError) -> Int64? {
        let kept = try take(text)
        defer { giveBack(kept) }
        try kept.statement.bind(values)
        return try kept.statement.step() ? kept.statement.row.optionalInteger(0) : nil
    }

    private func take(_ text: String) throws(DatabaseError) -> Kept {
        if let kept = statements[text], !kept.isBusy {
            kept.isBusy = true
            return kept
        }
        let kept = Kept(try Statement(text, in: connection, isKept: true))
        kept.isBusy = true
        // One that is in use already is made a second time, and the second one kept.
        if statements.count >= Self.keptMax { statements.removeAll() }
        statements[text] = kept
        return kept
    }

    private func giveBack(_ kept: Kept) {
        kept.statement.reset()
        kept.isBusy = false
    }
}
