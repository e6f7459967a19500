import KernelSystem
import KernelTerminal
import KernelTesting
import Testing

struct HistoryTests {
    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder("history")
        try body(folder.file("history"))
    }

    private static func entries(_ path: String) throws -> [String] {
        let history = try HistoryFile(path: path).load()
        return (0..<history.count).map { history[$0] }
    }

    private static func write(_ text: String, to path: String) throws {
        try Files.replace(path, with: Array(text.utf8))
    }

    @Test func `an entry comes back as it was`() throws {
        try Self.withFolder { path in
            let lines = ["one", "two\nlines", "back\\slash \\n", "tab\tand 日本語", "\u{1B}[A\r"]
            var history = try HistoryFile(path: path).load()
            for line in lines { history.add(line) }
            #expect(try Self.entries(path) == lines)
            #expect(try Files.status(path).permissions == 0o600)
        }
    }

    @Test func `each line is kept once, the newest last`() {
        var history = History(["a", "b", "a", "c"])
        history.add("b")
        history.add("b")
        history.add("  ")
        history.add(" secret")
        #expect((0..<history.count).map { history[$0] } == ["a", "c", "b"])
    }

    @Test func `the history is bounded, in memory and in the file`() throws {
        try Self.withFolder { path in
            let lines = (0..<(3 * History.entriesMax)).map { "line \($0)\n" }.joined()
            try Self.write(lines, to: path)
            #expect(try Self.entries(path).count == History.entriesMax)
            var history = try HistoryFile(path: path).load()
            #expect(history[0] == "line \(2 * History.entriesMax)")
            history.add("new")
            #expect(history.count == History.entriesMax)
            #expect(try Files.status(path).bytes < lines.utf8.count / 2)
            history.add(String(repeating: "x", count: History.entryBytesMax + 1))
            #expect(history[history.count - 1] == "new")
        }
    }

    @Test func `a damaged line is skipped and the others are read`() throws {
        try Self.withFolder { path in
            try Self.write("one\nbad \\q escape\n\u{0}\ntwo\n\n\\\nthree cut", to: path)
            #expect(try Self.entries(path) == ["one", "two", "three cut"])
            var history = try HistoryFile(path: path).load()
            history.add("four")
            #expect(try Self.entries(path) == ["one", "two", "three cut", "four"])
        }
    }

    @Test func `what is no file is refused with its name`() throws {
        #expect(throws: (any Error).self) { try HistoryFile(path: "/tmp").load() }
        #expect(try HistoryFile(path: "/nonexistent/history").load().count == 0)
    }

    @Test func `several writers lose nothing, though one rewrites the file`() async throws {
        let folder = try TemporaryFolder("history")
        let path = folder.file("history")
        let old = (0..<(2 * History.entriesMax + 1)).map { "old \($0 % 7)\n" }.joined()
        try Self.write(old, to: path)
        await withTaskGroup { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0..<50 {
                        // Each loads anew, so that one of them rewrites while others append.
                        var history = (try? HistoryFile(path: path).load()) ?? History()
                        history.add("writer \(writer) line \(number)")
                    }
                }
            }
        }
        let entries = Set(try Self.entries(path))
        for writer in 0..<4 {
            for number in 0..<50 { #expect(entries.contains("writer \(writer) line \(number)")) }
        }
    }
}
