import KernelDatabase
import KernelSystem
import KernelTesting
import Testing

@Suite(.blocking) struct ReaderPoolTests {
    @Test func `a read sees one moment, while others write`() throws {
        let database = try OpenDatabase(try Scratch())
        try database.add("a")
        let counts = try database.readers.read { transaction in
            let first = try transaction.first("SELECT count(*) FROM note") { $0.integer(0) }
            try database.add("b")
            let second = try transaction.first("SELECT count(*) FROM note") { $0.integer(0) }
            return [first, second]
        }
        #expect(counts == [1, 1])
        #expect(try database.notes() == ["a", "b"])
    }

    @Test func `a read does not wait for a write that is on its way`() throws {
        let database = try OpenDatabase(try Scratch())
        let count = try database.writer.write { transaction in
            try transaction.run("INSERT INTO note (text) VALUES ('a')")
            return try database.notes().count
        }
        #expect(count == 0)
        #expect(try database.notes() == ["a"])
    }

    @Test func `a reader over the limit waits for another one to end`() throws {
        let database = try OpenDatabase(try Scratch(), connectionsMax: 1)
        let inside = Condition((now: 0, most: 0, done: 0))
        for _ in 0..<4 {
            try SystemThread.start(name: "reader") {
                try? database.readers.read { _ in
                    inside.withLock { inside in
                        inside.now += 1
                        inside.most = max(inside.most, inside.now)
                    }
                    inside.broadcast()
                    // Time for another one to come in, if it may.
                    let end = SystemClock.monotonicNanoseconds + 20_000_000
                    _ = inside.wait(untilNanoseconds: end) { $0.now > 1 ? true : nil }
                    inside.withLock { $0.now -= 1 }
                }
                inside.withLock { $0.done += 1 }
                inside.signal()
            }
        }
        let most = inside.wait { $0.done == 4 ? $0.most : nil }
        #expect(most == 1)
    }

    @Test func `closing waits for those that read, and for nobody who came too late`() throws {
        let scratch = try Scratch()
        for _ in 0..<200 {
            let database = try OpenDatabase(scratch, connectionsMax: 2)
            let left = Condition(4)
            for _ in 0..<4 {
                try SystemThread.start(name: "reader") {
                    while (try? database.readers.read { _ in }) != nil {}
                    left.withLock { $0 -= 1 }
                    left.signal()
                }
            }
            let isClosed = Condition(false)
            try SystemThread.start(name: "closing") {
                database.readers.close()
                isClosed.withLock { $0 = true }
                isClosed.signal()
            }
            let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
            try #require(isClosed.wait(untilNanoseconds: deadline) { $0 ? true : nil } == true)
            try #require(left.wait(untilNanoseconds: deadline) { $0 == 0 ? true : nil } == true)
        }
    }

    @Test func `a reader that fails leaves its connection in order`() throws {
        let database = try OpenDatabase(try Scratch(), connectionsMax: 1)
        try database.add("a")
        #expect(failure { try database.readers.read { _ = try $0.run("SELECT nothing") } } != nil)
        try database.add("b")
        #expect(try database.notes() == ["a", "b"])
    }

    @Test func `a statement within the rows of the same statement is another one`() throws {
        let database = try OpenDatabase(try Scratch())
        try database.add("a")
        try database.add("b")
        let text = "SELECT text FROM note ORDER BY number"
        let pairs = try database.readers.read { transaction in
            var pairs: [String] = []
            try transaction.each(text) { outer in
                let first = outer.text(0)
                pairs += try transaction.rows(text) { first + $0.text(0) }
                return true
            }
            return pairs
        }
        #expect(pairs == ["aa", "ab", "ba", "bb"])
    }

    @Test func `values come back as they went in`() throws {
        let database = try OpenDatabase(try Scratch())
        let values: [SQLValue] = [
            .integer(Int64.min), .number(0.1), .text("ä\u{0}b"), .text(""), .bytes([0, 255]),
            .bytes([]), .null,
        ]
        let same = try database.readers.read { transaction in
            try transaction.first("SELECT ?, ?, ?, ?, ?, ?, ?", values) { row in
                [
                    row.integer(0) == Int64.min, row.number(1) == 0.1, row.text(2) == "ä\u{0}b",
                    row.optionalText(3) == "", row.bytes(4) == [0, 255],
                    row.bytes(5) == [] && !row.isNull(5),
                    row.isNull(6) && row.optionalInteger(6) == nil,
                ]
            }
        }
        #expect(same == Array(repeating: true, count: 7))
    }

    @Test func `a long read is ended where it keeps the log growing`() throws {
        var limits = Writer.Limits()
        limits.log.copyPages = 5
        limits.log.restartPages = 10
        limits.log.interruptPages = 20
        let scratch = try Scratch()
        let database = try OpenDatabase(scratch, limits: limits, longReadMilliseconds: 0)
        for number in 0..<10 { try database.add("\(number)") }
        let text = String(repeating: "x", count: 4_000)
        let error = failure {
            try database.readers.read { transaction in
                var rows = 0
                try transaction.each("SELECT text FROM note") { _ in
                    rows += 1
                    if rows == 1 { for _ in 0..<15 { try database.add(text) } }
                    return rows < 3
                }
            }
        }
        #expect(error?.kind == .interrupted)
        // Any read is long here, also this one as long as the writer still looks at the log.
        try waitFor("all notes") { (try? database.notes().count) == 25 }
        // Nobody holds the log any more: it begins anew, and stays small.
        for _ in 0..<50 { try database.add(text) }
        let bytes = try Files.status(scratch.file.path + "-wal").bytes
        #expect(bytes < 100 * 4_200)
    }

    @Test func `the log does not grow with readers that overlap`() throws {
        var limits = Writer.Limits()
        limits.log.copyPages = 20
        limits.log.restartPages = 60
        let scratch = try Scratch()
        let database = try OpenDatabase(scratch, limits: limits)
        try database.add("first")
        let isOver = Condition(false)
        let left = Condition(3)
        for _ in 0..<3 {
            try SystemThread.start(name: "reader") {
                while !isOver.withLock({ $0 }) { _ = try? database.notes() }
                left.withLock { $0 -= 1 }
                left.signal()
            }
        }
        for number in 0..<500 {
            try database.writer.write {
                try $0.run("UPDATE note SET text = ?", .text("\(number)"))
            }
        }
        isOver.withLock { $0 = true }
        _ = left.wait { $0 == 0 ? true : nil }
        // 500 commits are more than 500 pages if the log never began anew.
        #expect(try Files.status(scratch.file.path + "-wal").bytes < 300 * 4_120)
    }
}
