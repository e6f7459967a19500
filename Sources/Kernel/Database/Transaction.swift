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

    package func each(
        _ text: String, _ values: [SQLValue] = [], _ body: (borrowing Row) throws -> Void
    ) throws {
        try database.each(text, values, body)
    }

    package func rows<Value>(
        _ text: String, _ values: [SQLValue] = [], _ read: (borrowing Row) throws -> Value
    ) throws -> [Value] {
        var rows: [Value] = []
        try database.each(text, values) { rows.append(try read($0)) }
        return rows
    }

    package func first<Value>(
        _ text: String, _ values: [SQLValue] = [], _ read: (borrowing Row) throws -> Value
    ) throws -> Value? {
        try database.first(text, values, read)
    }
}
