import KernelDatabase
import KernelSystem
import KernelTesting

extension Schema {
    /// One table with a number and a text.
    static let notes = Schema(applicationID: 0x6e6f_7465, [.notes])
}

extension Migration {
    static let notes = Migration(
        1, "CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;")
}

/// A database in a folder of its own.
struct Scratch {
    let folder: TemporaryFolder
    let file: DatabaseFile

    init(_ schema: Schema = .notes) throws {
        folder = try TemporaryFolder("kernel-database")
        file = DatabaseFile(folder.file("state/test.db"), schema, patienceMilliseconds: 50)
    }

    /// The same file, for a kernel that knows other tables.
    func with(_ schema: Schema) -> DatabaseFile {
        DatabaseFile(file.path, schema, patienceMilliseconds: 50)
    }

    func bytes() throws -> [UInt8] { try Files.read(file.path, bytesMax: 1 << 30) }

    func makeFile(_ bytes: [UInt8]) throws {
        try Files.makeDirectories(folder.file("state"))
        try Files.replace(file.path, with: bytes)
    }
}

/// A writer and its readers, both closed at the end.
final class OpenDatabase: Sendable {
    let writer: Writer
    let readers: ReaderPool

    init(
        _ file: DatabaseFile, limits: Writer.Limits = .init(), connectionsMax: Int = 4,
        longReadMilliseconds: UInt64 = 5_000
    ) throws {
        readers = ReaderPool(
            file, connectionsMax: connectionsMax, longReadMilliseconds: longReadMilliseconds)
        writer = try Writer(file, readers: readers, limits: limits)
    }

    deinit {
        readers.close()
        writer.close()
    }

    func add(_ text: String) throws {
        try writer.write { try $0.run("INSERT INTO note (text) VALUES (?)", .text(text)) }
    }

    func notes() throws -> [String] {
        try readers.read { try $0.rows("SELECT text FROM note ORDER BY number") { $0.text(0) } }
    }
}

/// What a closure throws.
func failure(_ body: () throws -> Void) -> DatabaseError? {
    do {
        try body()
        return nil
    } catch {
        return error as? DatabaseError
    }
}
