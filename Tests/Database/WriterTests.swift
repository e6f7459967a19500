import KernelDatabase
import KernelSystem
import KernelTesting
import Testing

@Suite(.blocking) struct WriterTests {
    private struct Refusal: Error {}

    @Test func `what is answered can be read`() throws {
        let database = try OpenDatabase(try Scratch())
        try database.add("a")
        #expect(try database.notes() == ["a"])
    }

    @Test func `a function that suspends gets its answer`() async throws {
        let database = try OpenDatabase(try Scratch())
        let changes = try await database.writer.write {
            try $0.run("INSERT INTO note VALUES (1, 'a')")
        }
        #expect(changes == 1)
        #expect(try database.notes() == ["a"])
    }

    /// Keeps the writer busy until `count` answers have come or been asked for.
    private func submitTogether(
        _ database: OpenDatabase, _ count: Int,
        _ body: @escaping @Sendable (Int, borrowing Transaction) throws -> Void
    ) throws -> [Result<Void, any Error>] {
        let begin = Condition(false)
        let answers = Condition<[Result<Void, any Error>]>([])
        // The first one keeps the writer busy, so that the others share a transaction.
        try database.writer.submit { _ in
            _ = begin.wait { $0 ? true : nil }
        } _: { _ in
        }
        for number in 0..<count {
            try database.writer.submit {
                try body(number, $0)
            } _: { result in
                answers.withLock { $0.append(result) }
                answers.signal()
            }
        }
        begin.withLock { $0 = true }
        begin.signal()
        return answers.wait { $0.count == count ? $0 : nil } ?? []
    }

    @Test func `a unit that throws undoes itself and no other one`() throws {
        let database = try OpenDatabase(try Scratch())
        let answers = try submitTogether(database, 30) { number, transaction in
            try transaction.run("INSERT INTO note (text) VALUES (?)", .text("\(number)"))
            if number % 3 == 0 { throw Refusal() }
        }
        #expect(answers.map { (try? $0.get()) != nil } == (0..<30).map { $0 % 3 != 0 })
        #expect(try database.notes() == (0..<30).filter { $0 % 3 != 0 }.map { "\($0)" })
    }

    @Test func `a unit that breaks a rule is told which`() throws {
        let database = try OpenDatabase(try Scratch())
        let error = failure {
            _ = try database.writer.write { try $0.run("INSERT INTO note (text) VALUES (NULL)") }
        }
        #expect(error?.kind == .constraint)
        #expect(error?.description.contains("note.text") == true)
        #expect(error?.description.contains("INSERT INTO note") == true)
    }

    @Test func `units that wait share a transaction`() throws {
        let database = try OpenDatabase(try Scratch())
        let versions = Condition<Set<Int64>>([])
        _ = try submitTogether(database, 20) { number, transaction in
            try transaction.run("INSERT INTO note (text) VALUES (?)", .text("\(number)"))
            // Another connection sees one change for each commit.
            let version = try database.readers.read { reading in
                try reading.first("SELECT count(*) FROM note") { $0.integer(0) } ?? 0
            }
            _ = versions.withLock { $0.insert(version) }
        }
        // One, unless the machine is so slow that a transaction has lasted long enough.
        #expect(versions.withLock { $0.count } < 10)
        #expect(try database.notes().count == 20)
    }

    @Test func `units of many threads are all committed, and once`() throws {
        let database = try OpenDatabase(try Scratch())
        let left = Condition(8)
        for thread in 0..<8 {
            try SystemThread.start(name: "submitter") {
                for number in 0..<100 { try? database.add("\(thread * 100 + number)") }
                left.withLock { $0 -= 1 }
                left.signal()
            }
        }
        _ = left.wait { $0 == 0 ? true : nil }
        #expect(Set(try database.notes()) == Set((0..<800).map { "\($0)" }))
        #expect(try database.notes().count == 800)
    }

    @Test func `a full queue refuses, and takes again later`() throws {
        var limits = Writer.Limits()
        limits.units = 3
        limits.bytes = 100
        let scratch = try Scratch()
        let database = try OpenDatabase(scratch, limits: limits)
        let begin = Condition(false)
        let running = Condition(false)
        try database.writer.submit { _ in
            running.withLock { $0 = true }
            running.signal()
            _ = begin.wait { $0 ? true : nil }
        } _: { _ in
        }
        _ = running.wait { $0 ? true : nil }
        var errors: [DatabaseError.Kind] = []
        let ends = Condition(0)
        for bytes in [60, 60, 10, 10, 10] {
            do throws(DatabaseError) {
                try database.writer.submit(bytes: bytes) { _ in
                } _: { _ in
                    ends.withLock { $0 += 1 }
                    ends.signal()
                }
            } catch {
                errors.append(error.kind)
            }
        }
        // The second was too large beside the first, and the fifth was one too many.
        #expect(errors == [.busy, .busy])
        begin.withLock { $0 = true }
        begin.signal()
        _ = ends.wait { $0 == 3 ? true : nil }
        try database.add("later")
        #expect(try database.notes() == ["later"])
    }

    @Test func `closing does what waits and refuses the rest`() throws {
        let scratch = try Scratch()
        let answers = Condition(0)
        do {
            let database = try OpenDatabase(scratch)
            for _ in 0..<50 {
                try database.writer.submit {
                    try $0.run("INSERT INTO note (text) VALUES ('x')")
                } _: { _ in
                    answers.withLock { $0 += 1 }
                }
            }
            database.readers.close()
            database.writer.close()
            #expect(answers.withLock { $0 } == 50)
            #expect(failure { try database.add("late") }?.kind == .closed)
            #expect(failure { _ = try database.notes() }?.kind == .closed)
        }
        #expect(try OpenDatabase(scratch).notes().count == 50)
    }

    @Test func `what need not be on the disk at once is in the file all the same`() throws {
        let scratch = try Scratch()
        do {
            let database = try OpenDatabase(scratch)
            try database.writer.write(.relaxed) { try $0.run("INSERT INTO note VALUES (1, 'a')") }
            try database.add("b")
            try database.writer.write(.relaxed) { try $0.run("INSERT INTO note VALUES (3, 'c')") }
            #expect(try database.notes() == ["a", "b", "c"])
        }
        #expect(try OpenDatabase(scratch).notes() == ["a", "b", "c"])
    }

    @Test func `a second writer is refused, whatever the first one does`() throws {
        let scratch = try Scratch()
        var first: OpenDatabase? = try OpenDatabase(scratch)
        let error = failure { _ = try OpenDatabase(scratch) }
        #expect(error?.kind == .taken)
        #expect(error?.description.contains(scratch.file.path) == true)
        try first?.add("a")
        first = nil
        #expect(try OpenDatabase(scratch).notes() == ["a"])
    }
}
