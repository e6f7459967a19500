/// What a unit of work sees of the database. It cannot be kept beyond the unit.
package struct Transaction: ~Copyable {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Rows changed by a statement that answers no rows.
    @discardableResult
    package func run(_ text: String, _ values: SQLValue...) throws(DatabaseError) -> Int {
        try database.run(text, values)
    }

    @discardableResult
    package func run(_ text: String, _ values: [SQLValue]) throws(DatabaseError) -> Int {
        try database.run(text, values)
    }

    /// Calls `body` with each row until it says false.
    package func each(
        _ text: String, _ values: [SQLValue] = [], _ body: (borrowing Row) throws -> Bool
    ) throws {
        try database.each(text, values, body)
    }

    package func rows<Value>(
        _ text: String, _ values: [SQLValue] = [], _ read: (borrowing Row) throws -> Value
    ) throws -> [Value] {
        var rows: [Value] = []
        try database.each(text, values) { row in
            rows.append(try read(row))
            return true
        }
        return rows
    }

    package func first<Value>(
        _ text: String, _ values: [SQLValue] = [], _ read: (borrowing Row) throws -> Value
    ) throws -> Value? {
        try database.first(text, values, read)
    }
}
