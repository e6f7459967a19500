import KernelSystem

/// What the writer's thread has, and what it does with a batch of work.
final class WriterThread {
    private let database: Database
    private let readers: ReaderPool
    /// Held as long as the database is open.
    private let lock: FileLock
    private let patienceMilliseconds: Int32
    private var policy: CheckpointPolicy
    private var lane = WriteLane.durable
    /// Why the log could not be copied into the file the last time. It is tried again when it has
    /// grown; what is in it is safe.
    private(set) var trouble: DatabaseError?

    init(
        _ database: Database, _ readers: ReaderPool, _ file: DatabaseFile,
        _ policy: CheckpointPolicy, lock: consuming FileLock
    ) {
        self.database = database
        self.readers = readers
        self.lock = lock
        self.policy = policy
        patienceMilliseconds = file.patienceMilliseconds
        database.connection.watchLog()
    }

    /// Runs the work in one transaction and answers all of it. The error is one after which nothing
    /// may be written any more.
    func perform(_ jobs: [WriteJob]) -> DatabaseError? {
        do throws(DatabaseError) {
            try setLane(jobs.contains { $0.lane == .durable } ? .durable : .relaxed)
            try database.run("BEGIN IMMEDIATE")
            for job in jobs { try run(job) }
            try database.run("COMMIT")
        } catch {
            if database.connection.isInTransaction { _ = try? database.run("ROLLBACK") }
            for job in jobs { job.finish(job.failure ?? error) }
            return error.kind == .unconfirmed ? error : nil
        }
        for job in jobs { job.finish(job.failure) }
        copyLog()
        return trouble?.kind == .unconfirmed ? trouble : nil
    }

    /// Throws if the whole transaction is gone.
    private func run(_ job: WriteJob) throws(DatabaseError) {
        try database.run("SAVEPOINT unit")
        do {
            try job.run(Transaction(database))
        } catch {
            job.failure = error
            // A full disk or a failed read may have undone more than this unit.
            guard database.connection.isInTransaction else {
                throw error as? DatabaseError ?? DatabaseError(.failed, path: database.path)
            }
            try database.run("ROLLBACK TO unit")
        }
        try database.run("RELEASE unit")
    }

    /// The setting takes effect when its statement is compiled, so that it is never a kept one.
    private func setLane(_ wanted: WriteLane) throws(DatabaseError) {
        guard wanted != lane else { return }
        try database.connection.execute(
            "PRAGMA synchronous = \(wanted == .durable ? "FULL" : "NORMAL")")
        lane = wanted
    }

    private func copyLog() {
        do throws(DatabaseError) {
            switch policy.action(afterCommit: database.connection.logPages) {
            case .none: return
            case .copy: try database.connection.checkpoint(.passive)
            case .restart(let patienceMilliseconds, let interruptsLongReads):
                if interruptsLongReads { readers.interruptLongReads() }
                database.connection.setPatience(milliseconds: patienceMilliseconds)
                defer {
                    database.connection.setPatience(milliseconds: self.patienceMilliseconds)
                }
                try database.connection.checkpoint(.restart)
            }
            trouble = nil
        } catch {
            trouble = error
        }
    }
}
