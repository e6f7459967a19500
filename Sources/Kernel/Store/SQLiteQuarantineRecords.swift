import KernelDatabase

struct SQLiteQuarantineRecords: QuarantineRecords {
    private let access: StoreAccess

    init(_ access: StoreAccess) {
        self.access = access
    }

    func put(_ record: QuarantineRecord, _ done: @escaping Completion<Void>) {
        access.write(to: done) { transaction in
            try transaction.run(
                """
                INSERT OR REPLACE INTO quarantine (build, failure_class, module, count, since,
                    until, reason, lifted_by, lifted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                .text(record.build), .text(record.failureClass), .text(record.module),
                .integer(record.count), .integer(record.since.milliseconds),
                .optional(record.until?.milliseconds), .text(StoreLimits.cut(record.reason)),
                .optional(record.lifted?.by), .optional(record.lifted?.at.milliseconds))
        }
    }

    func list(
        includingLifted lifted: Bool, _ done: @escaping Completion<[QuarantineRecord]>
    ) {
        access.read(to: done) { transaction in
            try transaction.rows(
                """
                SELECT build, failure_class, module, count, since, until, reason, lifted_by,
                    lifted_at FROM quarantine WHERE lifted_at IS NULL OR ?
                ORDER BY since DESC, build, failure_class
                """, [.flag(lifted)]
            ) { $0.quarantine }
        }
    }

    func lift(
        build: String, by whom: String, at moment: Moment, _ done: @escaping Completion<Int>
    ) {
        access.write(to: done) { transaction in
            try transaction.run(
                """
                UPDATE quarantine SET lifted_by = ?, lifted_at = ?
                WHERE build = ? AND lifted_at IS NULL
                """, .text(whom), .integer(moment.milliseconds), .text(build))
        }
    }
}

extension Row {
    fileprivate var quarantine: QuarantineRecord {
        QuarantineRecord(
            build: text(0), failureClass: text(1), module: text(2), count: Int(integer(3)),
            since: Moment(milliseconds: integer(4)),
            until: optionalInteger(5).map { Moment(milliseconds: $0) }, reason: text(6),
            lifted: optionalInteger(8).map {
                QuarantineRecord.Lifted(by: text(7), at: Moment(milliseconds: $0))
            })
    }
}
