import KernelDatabase

extension SQLiteTaskRecords {
    /// The lock beside the file sees to it.
    var areExclusive: Bool { true }

    func renewLeases(
        of owner: String, until moment: Moment, _ done: @escaping Completion<Void>
    ) {
        access.write(.relaxed, to: done) { transaction in
            try transaction.run(
                "UPDATE task SET lease = ? WHERE state = 2 AND owner = ?",
                .integer(moment.milliseconds), .text(owner))
        }
    }
}
