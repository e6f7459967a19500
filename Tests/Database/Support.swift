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

    private init(_ folder: TemporaryFolder, _ path: String, _ schema: Schema) {
        self.folder = folder
        file = DatabaseFile(path, schema, patienceMilliseconds: 50)
    }

    /// The same file, for a kernel that knows other tables.
    func with(_ schema: Schema) -> Scratch { Scratch(folder, file.path, schema) }

    /// Another file in the same folder.
    func beside(_ name: String, _ schema: Schema = .notes) -> Scratch {
        Scratch(folder, folder.file(name), schema)
    }

    func bytes() throws -> [UInt8] { try Files.read(file.path, bytesMax: 1 << 30) }

    func makeFile(_ bytes: [UInt8]) throws {
        try Files.makeDirectories(folder.file("state"))
        try Files.replace(file.path, with: bytes)
    }
}

/// A writer and its readers, both closed at the end, and then the folder removed.
final class OpenDatabase: Sendable {
    let writer: Writer
    let readers: ReaderPool
    private let folder: TemporaryFolder

    init(
        _ scratch: Scratch, limits: Writer.Limits = .init(), connectionsMax: Int = 4,
        longReadMilliseconds: UInt64 = 5_000
    ) throws {
        folder = scratch.folder
        readers = ReaderPool(
            scratch.file, connectionsMax: connectionsMax, longReadMilliseconds: longReadMilliseconds
        )
        writer = try Writer(scratch.file, readers: readers, limits: limits)
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
