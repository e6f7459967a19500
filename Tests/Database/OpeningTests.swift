import KernelDatabase
import KernelSystem
import KernelTesting
import Testing

@Suite(.blocking) struct OpeningTests {
    @Test func `the files belong to their owner alone`() throws {
        let scratch = try Scratch()
        try Files.makeDirectories(scratch.folder.file("state"))
        try Files.replace(scratch.file.path, with: [], permissions: 0o644)
        let database = try OpenDatabase(scratch)
        try database.add("a")
        for suffix in ["", "-wal", "-shm"] {
            #expect(try Files.status(scratch.file.path + suffix).permissions == 0o600)
        }
    }

    @Test func `a folder that is missing is made for its owner alone`() throws {
        let scratch = try Scratch()
        _ = try OpenDatabase(scratch)
        #expect(try Files.status(Path.directory(of: scratch.file.path)).permissions == 0o700)
    }

    @Test func `a connection is set as promised`() throws {
        let database = try OpenDatabase(try Scratch())
        func setting(_ name: String) throws -> Int64? {
            try database.writer.write { try $0.first("PRAGMA \(name)") { $0.integer(0) } }
        }
        #expect(try setting("synchronous") == 2)
        #expect(try setting("foreign_keys") == 1)
        #expect(try setting("temp_store") == 2)
        #expect(try setting("wal_autocheckpoint") == 0)
        let refused = [
            "PRAGMA writable_schema = ON", "SELECT load_extension('x')",
            "ATTACH ':memory:' AS other", "SELECT \"a\"",
        ]
        for text in refused {
            let before = try database.notes()
            _ = failure { try database.writer.write { _ = try $0.run(text) } }
            let changed = failure {
                try database.writer.write { _ = try $0.run("DELETE FROM sqlite_schema") }
            }
            #expect(changed != nil)
            #expect(try database.notes() == before)
        }
        for text in refused.dropFirst() {
            #expect(failure { try database.writer.write { _ = try $0.run(text) } } != nil)
        }
        #expect(
            failure { try database.readers.read { _ = try $0.run("DELETE FROM note") } } != nil)
    }

    @Test func `migrations run once each, in their order`() throws {
        let scratch = try Scratch()
        try OpenDatabase(scratch).add("a")
        let second = Migration(2, "UPDATE note SET text = text || '2';")
        let third = Migration(3, "UPDATE note SET text = text || '3';")
        let later = scratch.with(Schema(applicationID: 0x6e6f_7465, [.notes, second, third]))
        for _ in 0..<2 { #expect(try OpenDatabase(later).notes() == ["a23"]) }
    }

    @Test func `a migration that fails leaves everything before it`() throws {
        let scratch = try Scratch()
        try OpenDatabase(scratch).add("a")
        let second = Migration(2, "UPDATE note SET text = 'two';")
        let broken = Migration(3, "UPDATE note SET text = 'three'; INSERT INTO nothing VALUES (1);")
        let schema = Schema(applicationID: 0x6e6f_7465, [.notes, second, broken])
        let error = failure { _ = try OpenDatabase(scratch.with(schema)) }
        #expect(error?.description.contains("nothing") == true)
        let upToSecond = Schema(applicationID: 0x6e6f_7465, [.notes, second])
        #expect(try OpenDatabase(scratch.with(upToSecond)).notes() == ["two"])
    }

    @Test func `a database of a newer kernel is refused and left as it is`() throws {
        let scratch = try Scratch()
        let migrations = [Migration.notes] + (2...7).map { Migration($0, "SELECT 1;") }
        let newer = scratch.with(Schema(applicationID: 0x6e6f_7465, migrations))
        try OpenDatabase(newer).add("a")
        let before = try scratch.bytes()
        let error = try #require(failure { _ = try OpenDatabase(scratch) })
        #expect(error.kind == .newer(found: 7, known: 1))
        #expect(error.description.contains("format 7") && error.description.contains("up to 1"))
        #expect(error.description.contains(scratch.file.path))
        #expect(try scratch.bytes() == before)
        #expect(try OpenDatabase(newer).notes() == ["a"])
    }

    @Test func `a newer database whose kernel crashed keeps its log`() throws {
        let scratch = try Scratch()
        let migrations = [Migration.notes, Migration(2, "SELECT 1;")]
        let newer = scratch.with(Schema(applicationID: 0x6e6f_7465, migrations))
        let copies = ["", "-wal"]
        do {
            let database = try OpenDatabase(newer)
            try database.add("in the log")
            for suffix in copies {
                let bytes = try Files.read(scratch.file.path + suffix, bytesMax: 1 << 20)
                try Files.replace(scratch.folder.file("copy" + suffix), with: bytes)
            }
        }
        let copy = copies.map { scratch.folder.file("copy" + $0) }
        let before = try copy.map { try Files.read($0, bytesMax: 1 << 20) }
        let old = scratch.beside("copy")
        #expect(failure { _ = try OpenDatabase(old) }?.kind == .newer(found: 2, known: 1))
        #expect(try copy.map { try Files.read($0, bytesMax: 1 << 20) } == before)
        let copied = scratch.beside("copy", Schema(applicationID: 0x6e6f_7465, migrations))
        #expect(try OpenDatabase(copied).notes() == ["in the log"])
    }

    @Test func `a database of another program is refused and left as it is`() throws {
        let scratch = try Scratch()
        try OpenDatabase(scratch.with(Schema(applicationID: 1, [.notes]))).add("a")
        let before = try scratch.bytes()
        #expect(failure { _ = try OpenDatabase(scratch) }?.kind == .foreign)
        #expect(try scratch.bytes() == before)
    }

    @Test(arguments: [
        Array("This is a letter to my grandmother.\n".utf8),
        [UInt8](repeating: 0xAB, count: 8_192),
    ])
    func `a file that is no database is refused and left as it is`(bytes: [UInt8]) throws {
        let scratch = try Scratch()
        try scratch.makeFile(bytes)
        let error = failure { _ = try OpenDatabase(scratch) }
        #expect(error?.kind == .notADatabase)
        #expect(try scratch.bytes() == bytes)
    }

    @Test func `a folder in the place of the file is refused`() throws {
        let scratch = try Scratch()
        try Files.makeDirectories(scratch.file.path)
        #expect(failure { _ = try OpenDatabase(scratch) }?.kind == .refused)
    }

    @Test func `a name that means something to the library is only a name`() throws {
        let scratch = try Scratch()
        let odd = scratch.beside("file:x?mode=memory#ä %41.db")
        try OpenDatabase(odd).add("a")
        #expect(Files.exists(odd.file.path))
        #expect(try OpenDatabase(odd).notes() == ["a"])
    }
}
