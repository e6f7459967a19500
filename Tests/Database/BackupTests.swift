import KernelDatabase
import KernelSystem
import KernelTesting
import Testing

@Suite(.blocking) struct BackupTests {
    @Test func `a backup is one moment, while others write`() throws {
        let scratch = try Scratch()
        let database = try OpenDatabase(scratch)
        let text = String(repeating: "x", count: 2_000)
        // Both rows change together: a copy of two moments would show.
        try database.writer.write { transaction in
            for _ in 0..<2_000 {
                try transaction.run("INSERT INTO note (text) VALUES (?)", .text(text))
            }
        }
        let isOver = Condition(false)
        let ended = Condition(false)
        let written = Condition(0)
        try SystemThread.start(name: "writer") {
            var number = 0
            while !isOver.withLock({ $0 }) {
                let text = "\(number)"
                _ = try? database.writer.write {
                    try $0.run("UPDATE note SET text = ? WHERE number IN (1, 2000)", .text(text))
                }
                number += 1
                written.withLock { $0 = number }
                written.signal()
            }
            ended.withLock { $0 = true }
            ended.signal()
        }
        _ = written.wait { $0 > 0 ? true : nil }
        let path = scratch.folder.file("backup.db")
        try database.readers.backUp(to: path)
        isOver.withLock { $0 = true }
        _ = ended.wait { $0 ? true : nil }

        #expect(try Files.status(path).permissions == 0o600)
        let copy = try OpenDatabase(scratch.beside("backup.db"))
        #expect(try copy.readers.problems(.full).isEmpty)
        let notes = try copy.notes()
        #expect(notes.count == 2_000 && notes.first == notes.last)
        #expect(try Files.names(in: scratch.folder.path).filter { $0.contains(".part") } == [])
    }

    @Test func `a copy of what is damaged does not pass for a backup`() throws {
        let scratch = try Scratch()
        do {
            let database = try OpenDatabase(scratch)
            let text = String(repeating: "x", count: 1_000)
            try database.writer.write { transaction in
                for _ in 0..<500 {
                    try transaction.run("INSERT INTO note (text) VALUES (?)", .text(text))
                }
            }
        }
        var bytes = try scratch.bytes()
        let place = 4_096 * 60
        bytes.replaceSubrange(place..<(place + 4_096), with: repeatElement(0x5A, count: 4_096))
        try Files.replace(scratch.file.path, with: bytes)
        let database = try OpenDatabase(scratch)
        let path = scratch.folder.file("backup.db")
        let error = try #require(failure { try database.readers.backUp(to: path) })
        #expect(error.kind == .damaged && error.path == scratch.file.path)
        #expect(error.description.contains("a copy of it would be too"))
        #expect(try Files.names(in: scratch.folder.path).filter { $0.contains("backup") } == [])
    }

    @Test func `a backup writes over nothing`() throws {
        let scratch = try Scratch()
        let database = try OpenDatabase(scratch)
        let path = scratch.folder.file("letter.txt")
        try Files.replace(path, with: Array("Dear".utf8))
        #expect(failure { try database.readers.backUp(to: path) }?.kind == .exists)
        #expect(try Files.read(path, bytesMax: 100) == Array("Dear".utf8))
        #expect(failure { try database.readers.backUp(to: "backup.db") }?.kind == .refused)
        let missing = scratch.folder.file("missing/backup.db")
        let error = failure { try database.readers.backUp(to: missing) }
        #expect(error?.description.contains(missing) == true)
    }
}
