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
        let problemsMax = 100
        return try withReader(mayBeInterrupted: false) { database in
            let check = depth == .full ? "integrity_check" : "quick_check"
            var problems: [String] = []
            try database.each("PRAGMA \(check)(\(problemsMax))", []) { row in
                problems.append(row.text(0))
                return true
            }
            if problems == ["ok"] { problems = [] }
            if depth == .full {
                try database.each("PRAGMA foreign_key_check", []) { row in
                    problems.append(
                        "row \(row.integer(1)) of \(row.text(0)) refers to a row of "
                            + "\(row.text(2)) that is not there")
                    return problems.count < problemsMax
                }
            }
            return problems
        }
    }
}
