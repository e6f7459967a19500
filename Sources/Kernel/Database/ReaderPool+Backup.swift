import CSQLite
import KernelSystem

extension ReaderPool {
    /// Copies the database as it is now to a new file, while others read and write. A crash or an
    /// error leaves no file of that name. Blocks.
    package func backUp(to target: String) throws {
        let path = try Self.absolute(target)
        let partial = path + ".part"
        // Where nobody may look, nothing can be written either.
        if let _ = (try? Files.statusIfPresent(path)) ?? nil {
            throw DatabaseError(.exists, path: path)
        }
        do throws(SystemError) {
            Files.removeIfPresent(partial)
            _ = try FileDescriptor.open(partial, .write, creating: .always(0o600))
        } catch {
            throw DatabaseError(error, path: path)
        }
        do {
            try withReader(mayBeInterrupted: false) { try Self.copy($0, to: partial) }
            try check(partial)
            try Files.rename(partial, to: path)
            try Files.flushDirectory(of: path)
        } catch {
            for suffix in ["", "-journal", "-wal", "-shm"] {
                Files.removeIfPresent(partial + suffix)
            }
            throw (error as? SystemError).map { DatabaseError($0, path: path) } ?? error
        }
    }

    private static func absolute(_ path: String) throws(DatabaseError) -> String {
        guard path.hasPrefix("/") else {
            throw DatabaseError(.refused, path: path, detail: "give its whole path, from / on")
        }
        return path
    }

    /// In steps, inside one read transaction: what is written meanwhile does not begin the copy
    /// anew, as it would without, and the writer is never waited for nor waits.
    private static func copy(_ source: Database, to path: String) throws {
        let target = try Connection(opening: path)
        try source.run("BEGIN")
        defer { _ = try? source.run("COMMIT") }
        // A read transaction begins with its first read.
        _ = try source.integer("SELECT count(*) FROM sqlite_schema")
        guard
            let backup = unsafe sqlite3_backup_init(
                target.handle, "main", source.connection.handle, "main")
        else {
            throw target.error(unsafe sqlite3_errcode(target.handle))
        }
        var code = SQLITE_OK
        while code == SQLITE_OK {
            code = unsafe sqlite3_backup_step(backup, pagesPerStep)
            // The disk belongs to the writer first.
            SystemThread.sleep(nanoseconds: pauseNanoseconds)
        }
        let result = unsafe sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, result == SQLITE_OK else {
            throw target.error(result == SQLITE_OK ? code : result)
        }
    }

    /// A copy of what is damaged must not pass for a way back.
    private func check(_ copy: String) throws {
        let problems: [String]
        do {
            problems = try Self.problems(.quick, Database(try Connection(opening: copy)))
        } catch let error as DatabaseError where error.kind == .damaged {
            problems = [error.detail]
        }
        guard let first = problems.first else { return }
        throw DatabaseError(
            .damaged, path: file.path, detail: "a copy of it would be too: \(first)")
    }

    private static let pagesPerStep: Int32 = 256
    private static let pauseNanoseconds: UInt64 = 500_000
}
