import KernelSystem

/// Where a database lies, and how it is opened.
package struct DatabaseFile: Sendable {
    package let path: String
    package let schema: Schema
    /// How long a lock of another program is waited for.
    package let patienceMilliseconds: Int32

    package init(_ path: String, _ schema: Schema, patienceMilliseconds: Int32 = 5_000) {
        self.path = path
        self.schema = schema
        self.patienceMilliseconds = patienceMilliseconds
    }

    /// For the one that writes. Makes the file if it is missing, and brings it to this schema.
    func openForWriting() throws(DatabaseError) -> Database {
        try makeFile()
        let database = Database(try Connection(opening: path))
        database.connection.setPatience(milliseconds: patienceMilliseconds)
        // A file that is refused is left as it is, with its log.
        database.connection.setLeavesLogAtClose(true)
        try database.checkOrigin(schema)
        try keepLog(database)
        try database.connection.execute(Self.settings + "PRAGMA cache_size = -4096;")
        try database.migrate(to: schema)
        database.connection.setLeavesLogAtClose(false)
        return database
    }

    /// For reading only, while a writer has the file open.
    func openForReading() throws(DatabaseError) -> Database {
        let database = Database(try Connection(opening: path))
        database.connection.setPatience(milliseconds: patienceMilliseconds)
        // Only the writer's connection copies the log into the file. Up to SQLite 3.51.2 a
        // checkpoint may damage the file if another connection writes at that instant
        // (https://sqlite.org/wal.html#walresetbug); one connection cannot do both at once.
        database.connection.setLeavesLogAtClose(true)
        try database.connection.execute(
            Self.settings + "PRAGMA query_only = ON; PRAGMA cache_size = -1024;")
        return database
    }

    /// Checkpoints are the writer's decision, the log's file does not stay larger than 16 MiB, and
    /// what is deleted is overwritten where that costs no write of its own.
    private static let settings = """
        PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
        PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 16777216;
        PRAGMA secure_delete = FAST; PRAGMA cell_size_check = ON;
        """

    /// As above, without a writer, if the file is there and has this schema. Throws if it is one
    /// that must not be touched.
    func openIfCurrent() throws(DatabaseError) -> Database? {
        guard Files.exists(path) else { return nil }
        let database = try openForReading()
        try database.checkOrigin(schema)
        let version = try database.integer("PRAGMA user_version")
        return version == Int64(schema.version) ? database : nil
    }

    /// Two processes that write would each be right alone, and lose what the other one wrote: the
    /// second one waits a while for the first. Makes the folder if it is missing.
    func lock() throws(DatabaseError) -> FileLock {
        do throws(SystemError) {
            let folder = Path.directory(of: path)
            if !Files.exists(folder) {
                try Files.makeDirectories(folder, permissions: 0o700)
                try Files.flushDirectory(of: folder)
            }
        } catch {
            throw DatabaseError(error, path: path)
        }
        let file = path + ".lock"
        let end = SystemClock.monotonicNanoseconds + UInt64(patienceMilliseconds) * 1_000_000
        while true {
            do throws(FileLock.Failure) {
                let lock = try FileLock(file)
                // Who cannot be named holds it all the same.
                try? lock.write(Array("\(ProcessFacts.id)".utf8))
                return lock
            } catch {
                if case .system(let error) = error { throw DatabaseError(error, path: path) }
            }
            guard SystemClock.monotonicNanoseconds < end else {
                let holder = (try? Files.read(file, bytesMax: 32)).map {
                    String(decoding: $0, as: UTF8.self)
                }
                let detail = holder.flatMap { Int32($0) }.map(Self.name) ?? ""
                throw DatabaseError(.taken, path: path, detail: detail)
            }
            SystemThread.sleep(nanoseconds: Self.lockPauseNanoseconds)
        }
    }

    private static let lockPauseNanoseconds: UInt64 = 20_000_000

    /// With what it was started as, for whoever has to decide whether to wait for it.
    private static func name(ofProcess number: Int32) -> String {
        let bytes = (try? Files.read("/proc/\(number)/cmdline", bytesMax: 4_096)) ?? []
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard let program = words.first else { return "process \(number)" }
        let line = ([Path.name(of: program)] + words.dropFirst()).joined(separator: " ")
        let shown = String(line.map { $0.isNewline ? " " : $0 }.prefix(100))
        return "process \(number), `\(shown)`"
    }

    private func makeFile() throws(DatabaseError) {
        do throws(SystemError) {
            // SQLite gives its other files the permissions of this one.
            let file = try FileDescriptor.open(path, .write, creating: .ifMissing(0o600))
            try file.makePrivate(path: path)
        } catch {
            throw DatabaseError(error, path: path)
        }
    }

    private func keepLog(_ database: Database) throws(DatabaseError) {
        let statement = try Statement("PRAGMA journal_mode = WAL", in: database.connection)
        let mode = try statement.step() ? statement.row.text(0) : ""
        guard mode == "wal" else {
            throw DatabaseError(
                .refused, path: path,
                detail: "its file system cannot keep a write-ahead log; journal mode \(mode)")
        }
    }
}
