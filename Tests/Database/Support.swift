import KernelDatabase
import KernelSystem
import KernelTesting

extension Schema {
    /// One table with a number and a text.
    static let notes = Schema(
        applicationID: 0x6e6f_7465,
        [Migration(1, "CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT NOT NULL);")])
}

/// A database in a folder of its own.
struct Scratch {
    let folder: TemporaryFolder
    let file: DatabaseFile

    init(_ schema: Schema = .notes, patienceMilliseconds: Int32 = 50) throws {
        folder = try TemporaryFolder("kernel-database")
        file = DatabaseFile(
            folder.file("state/test.db"), schema, patienceMilliseconds: patienceMilliseconds)
    }

    func open(limits: Writer.Limits = .init()) throws -> (writer: Writer, readers: ReaderPool) {
        let readers = ReaderPool(file)
        return (try Writer(file, readers: readers, limits: limits), readers)
    }

    func bytes() throws -> [UInt8] { try Files.read(file.path, bytesMax: 1 << 30) }
}

extension ReaderPool {
    func notes() throws -> [String] {
        try read { try $0.rows("SELECT text FROM note ORDER BY number") { $0.text(0) } }
    }
}
