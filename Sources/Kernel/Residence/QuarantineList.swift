package import KernelStore

/// Which builds are quarantined: a value without I/O. A row stays when its time is over, since the
/// next one of that build lasts twice as long.
package struct QuarantineList: Sendable {
    private struct Key: Hashable {
        let build: String
        let failureClass: String
    }

    private var rows: [Key: QuarantineRecord] = [:]

    package init() {}

    package var isEmpty: Bool { rows.isEmpty }

    package init(_ records: [QuarantineRecord]) {
        for record in records where record.lifted == nil { insert(record) }
    }

    private mutating func insert(_ record: QuarantineRecord) {
        rows[Key(build: record.build, failureClass: record.failureClass)] = record
    }

    /// Quarantines a build once more. Returns the row.
    package mutating func add(
        _ failure: BuildFailure, at now: Moment, _ policy: RestartPolicy
    ) -> QuarantineRecord {
        let failureClass = failure.failureClass.rawValue
        let former = rows[Key(build: failure.build, failureClass: failureClass)]
        let count = (former?.count ?? 0) + 1
        let milliseconds = Int64(policy.quarantineSeconds(count) * 1_000)
        let record = QuarantineRecord(
            build: failure.build, failureClass: failureClass, module: failure.module,
            count: count, since: now, until: now.adding(milliseconds: milliseconds),
            reason: failure.reason)
        insert(record)
        return record
    }

    /// The row that keeps the build out of service now, and longest. With `task` only that class
    /// counts, else every other.
    package func inForce(_ build: String, tasks: Bool, at now: Moment) -> QuarantineRecord? {
        rows.values
            .filter { row in
                row.build == build && Self.isInForce(row, at: now)
                    && (row.failureClass == FailureClass.task.rawValue) == tasks
            }
            .max { ($0.until ?? .distant) < ($1.until ?? .distant) }
    }

    package func all(at now: Moment) -> [QuarantineRecord] {
        rows.values.filter { Self.isInForce($0, at: now) }
    }

    /// Ends every quarantine of a module's builds. Returns those that were in force.
    package mutating func lift(module: String, at now: Moment) -> [QuarantineRecord] {
        let lifted = rows.filter { $0.value.module == module }
        for key in lifted.keys { rows[key] = nil }
        return lifted.values.filter { Self.isInForce($0, at: now) }
    }

    private static func isInForce(_ row: QuarantineRecord, at now: Moment) -> Bool {
        row.until.map { now < $0 } ?? true
    }
}

extension Moment {
    fileprivate static let distant = Moment(milliseconds: .max)
}
