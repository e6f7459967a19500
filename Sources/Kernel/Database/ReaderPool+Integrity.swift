/// How much is looked at.
package enum IntegrityDepth: Sendable, Hashable {
    /// The structure only.
    case quick
    /// Also that each index says what its table says, and that what rows refer to is there.
    case full
}

extension ReaderPool {
    /// Reads the whole file and says what is wrong, one sentence each, at most 100; empty if
    /// nothing is. Blocks.
    package func problems(_ depth: IntegrityDepth) throws -> [String] {
        try withReader(mayBeInterrupted: false) { database in
            do {
                return try Self.problems(depth, database)
            } catch let error as DatabaseError where error.kind == .damaged {
                // Some damage ends the check itself.
                return [error.description]
            }
        }
    }

    private static let problemsMax = 100

    static func problems(_ depth: IntegrityDepth, _ database: Database) throws -> [String] {
        let check = depth == .full ? "integrity_check" : "quick_check"
        var problems: [String] = []
        try database.each("PRAGMA \(check)(\(problemsMax))", []) { row in
            problems.append(row.text(0))
            return true
        }
        if problems == ["ok"] { problems = [] }
        guard depth == .full else { return problems }
        try database.each("PRAGMA foreign_key_check", []) { row in
            problems.append(
                "row \(row.integer(1)) of \(row.text(0)) refers to a row of \(row.text(2)) that "
                    + "is not there")
            return problems.count < problemsMax
        }
        return problems
    }
}
