import KernelDatabase

struct SQLiteCrashRecords: CrashRecords {
    private let access: StoreAccess

    private static let columns = "number, at, module, build, task, call, report_path, sentence"

    init(_ access: StoreAccess) {
        self.access = access
    }

    func add(_ crash: CrashRecord, _ done: @escaping Completion<Int64>) {
        access.write(to: done) { transaction in
            try transaction.run(
                """
                INSERT INTO crash (at, module, build, task, call, report_path, sentence)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                .integer(crash.at.milliseconds), .optional(crash.module), .optional(crash.build),
                .optional(crash.task), .optional(crash.call), .optional(crash.reportPath),
                .text(StoreLimits.cut(crash.sentence)))
            let number = try transaction.first("SELECT last_insert_rowid()") { $0.integer(0) } ?? 0
            for (place, name) in crash.interrupted.enumerated() {
                try transaction.run(
                    "INSERT INTO crash_interrupted (crash, place, name) VALUES (?, ?, ?)",
                    .integer(number), .integer(place), .text(StoreLimits.cut(name)))
            }
            for client in crash.deliveredTo { try transaction.markDelivered(number, client) }
            try transaction.run(
                "DELETE FROM crash WHERE number <= ?",
                .integer(number - Int64(StoreLimits.crashesMax)))
            return number
        }
    }

    func list(limit: Int, _ done: @escaping Completion<[CrashRecord]>) {
        access.read(to: done) { transaction in
            try transaction.crashes(
                "SELECT \(Self.columns) FROM crash ORDER BY number DESC LIMIT ?",
                [.integer(min(max(limit, 0), StoreLimits.crashesMax))])
        }
    }

    func undelivered(to client: String, _ done: @escaping Completion<[CrashRecord]>) {
        access.read(to: done) { transaction in
            try transaction.crashes(
                """
                SELECT \(Self.columns) FROM crash WHERE NOT EXISTS
                    (SELECT 1 FROM crash_delivery WHERE crash = crash.number AND client = ?)
                ORDER BY number
                """, [.text(client)])
        }
    }

    func markDelivered(
        _ numbers: [Int64], to client: String, _ done: @escaping Completion<Void>
    ) {
        access.write(to: done) { transaction in
            for number in numbers { try transaction.markDelivered(number, client) }
        }
    }
}

extension Transaction {
    /// One that was forgotten meanwhile needs no mark.
    fileprivate func markDelivered(_ number: Int64, _ client: String) throws(DatabaseError) {
        try run(
            """
            INSERT OR IGNORE INTO crash_delivery (crash, client)
            SELECT number, ? FROM crash WHERE number = ?
            """, .text(client), .integer(number))
    }

    fileprivate func crashes(_ text: String, _ values: [SQLValue]) throws -> [CrashRecord] {
        var crashes = try rows(text, values) { $0.crash }
        for index in crashes.indices {
            let number: [SQLValue] = [.integer(crashes[index].number)]
            crashes[index].interrupted = try rows(
                "SELECT name FROM crash_interrupted WHERE crash = ? ORDER BY place", number
            ) { $0.text(0) }
            crashes[index].deliveredTo = try rows(
                "SELECT client FROM crash_delivery WHERE crash = ? ORDER BY client", number
            ) { $0.text(0) }
        }
        return crashes
    }
}

extension Row {
    fileprivate var crash: CrashRecord {
        var crash = CrashRecord(at: Moment(milliseconds: integer(1)), sentence: text(7))
        crash.number = integer(0)
        crash.module = optionalText(2)
        crash.build = optionalText(3)
        crash.task = optionalText(4)
        crash.call = optionalText(5)
        crash.reportPath = optionalText(6)
        return crash
    }
}
