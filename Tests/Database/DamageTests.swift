import KernelDatabase
import KernelSystem
import KernelTesting
import Testing

@Suite(.blocking) struct DamageTests {
    /// 500 notes of a kilobyte, with the log copied into the file.
    private func filled() throws -> Scratch {
        let scratch = try Scratch()
        let database = try OpenDatabase(scratch)
        let text = String(repeating: "x", count: 1_000)
        try database.writer.write { transaction in
            for _ in 0..<500 {
                try transaction.run("INSERT INTO note (text) VALUES (?)", .text(text))
            }
        }
        return scratch
    }

    @Test func `a damaged page is an error that names the file and loses nothing else`() throws {
        let scratch = try filled()
        var bytes = try scratch.bytes()
        let place = 4_096 * 60
        bytes.replaceSubrange(place..<(place + 4_096), with: repeatElement(0x5A, count: 4_096))
        try Files.replace(scratch.file.path, with: bytes)
        let database = try OpenDatabase(scratch)
        let error = try #require(failure { _ = try database.notes() })
        #expect(error.kind == .damaged)
        #expect(error.description.contains(scratch.file.path))
        #expect(error.description.contains("backup"))
        #expect(try !database.readers.problems(.quick).isEmpty)
        let first = try database.readers.read { transaction in
            try transaction.first("SELECT text FROM note WHERE number = 1") { $0.text(0).count }
        }
        #expect(first == 1_000)
    }

    @Test func `a file that was cut short is an error`() throws {
        let scratch = try filled()
        let bytes = try scratch.bytes()
        try Files.replace(scratch.file.path, with: Array(bytes[..<(bytes.count / 2)]))
        let error = failure {
            let database = try OpenDatabase(scratch)
            _ = try database.notes()
        }
        #expect(error?.kind == .damaged)
    }

    @Test func `a log with rubbish at its end is read up to there`() throws {
        let scratch = try Scratch()
        do {
            let database = try OpenDatabase(scratch)
            try database.add("a")
            let log = try Files.read(scratch.file.path + "-wal", bytesMax: 1 << 20)
            try Files.replace(scratch.folder.file("copy"), with: try scratch.bytes())
            let rubbish = [UInt8](repeating: 0x77, count: 10_000)
            try Files.replace(scratch.folder.file("copy-wal"), with: log + rubbish)
        }
        let database = try OpenDatabase(scratch.beside("copy"))
        #expect(try database.notes() == ["a"])
        #expect(try database.readers.problems(.full).isEmpty)
    }

    @Test func `a check finds an index that lies and a reference to nothing`() throws {
        let schema = Schema(
            applicationID: 0x6e6f_7465,
            [
                .notes,
                Migration(
                    2,
                    "CREATE TABLE mark (note INTEGER NOT NULL REFERENCES note) STRICT;"
                        + "CREATE INDEX note_by_text ON note (text);"),
            ])
        let scratch = try Scratch(schema)
        let database = try OpenDatabase(scratch)
        try database.add("a")
        #expect(try database.readers.problems(.full).isEmpty)
        try database.writer.write { transaction in
            _ = try transaction.run("INSERT INTO mark VALUES (1)")
        }
        let other = try Connection(opening: scratch.file.path)
        try other.execute("DELETE FROM note")
        let problems = try database.readers.problems(.full)
        #expect(problems.count == 1)
        #expect(problems.first?.contains("mark") == true)
        #expect(try database.readers.problems(.quick).isEmpty)
    }

    @Test func `a lock of another program is waited for, and then named`() throws {
        let scratch = try Scratch()
        let database = try OpenDatabase(scratch)
        let other = try Connection(opening: scratch.file.path)
        try other.execute("BEGIN IMMEDIATE")
        let error = failure { try database.add("a") }
        #expect(error?.kind == .locked)
        #expect(error?.description.contains("fuser \(scratch.file.path)") == true)
        #expect(try database.notes() == [])
        try other.execute("COMMIT")
        try database.add("b")
        #expect(try database.notes() == ["b"])
    }

    @Test func `a database that has reached its size refuses, and goes on later`() throws {
        let scratch = try Scratch()
        let database = try OpenDatabase(scratch)
        try database.add("before")
        try database.writer.write { _ = try $0.run("PRAGMA max_page_count = 10") }
        let text = String(repeating: "x", count: 100_000)
        let error = failure { try database.add(text) }
        #expect(error?.kind == .full)
        #expect(error?.description.contains(scratch.file.path) == true)
        try database.writer.write { _ = try $0.run("PRAGMA max_page_count = 100000") }
        try database.add("after")
        #expect(try database.notes() == ["before", "after"])
        #expect(try database.readers.problems(.full).isEmpty)
    }
}
