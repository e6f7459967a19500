import Synchronization
import Testing

@testable import FilesystemLogic

@Suite struct SearchTests {
    private let scratch = Scratch()

    private final class Lines: Sendable {
        let text = Mutex("")
    }

    private func search(
        _ request: SearchRequest, in path: String = ".", pulse: Pulse = Pulse()
    ) throws -> (lines: [String], SearchSummary) {
        let lines = Lines()
        let collecting = Pulse(
            isCancelled: pulse.isCancelled,
            output: { piece in
                lines.text.withLock { $0 += piece }
                return pulse.output(piece)
            },
            deadlineNanoseconds: pulse.deadlineNanoseconds)
        let roots = try scratch.roots(hidden: request.showsHidden)
        let summary = try Search.run(
            request, in: try roots.resolve(path), roots: roots, pulse: collecting)
        let text = lines.text.withLock { $0 }
        return (text.split(separator: "\n").map(String.init), summary)
    }

    private func makeTree() {
        for folder in ["src", "src/deep", "build", ".cache"] {
            scratch.makeFolder("work/\(folder)")
        }
        scratch.write("work/src/a.swift", "let one = 1\nlet two = 2\n")
        scratch.write("work/src/deep/b.swift", "// nothing\r\nlet two = TWO\r\n")
        scratch.write("work/src/c.txt", "two\n")
        scratch.write("work/build/d.swift", "let two = 4\n")
        scratch.write("work/.cache/e.swift", "let two = 5\n")
        scratch.write(Array("work/src/f.swift".utf8), Array("let two".utf8) + [0, 1, 2])
        scratch.write("outside/g.swift", "let two = 6\n")
        scratch.link("work/out", to: "../outside")
        scratch.link("work/src/h.swift", to: "../../outside/g.swift")
    }

    @Test func `text is found with its file and line, in order, within the folder alone`() throws {
        makeTree()
        let (lines, summary) = try search(SearchRequest(name: "*.swift", text: "let two"))
        #expect(
            lines == [
                "build/d.swift:1:let two = 4", "src/a.swift:2:let two = 2",
                "src/deep/b.swift:2:let two = TWO",
            ])
        #expect(summary.matches == 3 && summary.filesWithMatches == 3)
        #expect(summary.filesSearched == 3 && summary.skippedBinary == 1)
        #expect(summary.stopped == nil)
    }

    @Test func `ignored files are left out, unless they are asked for`() throws {
        makeTree()
        scratch.write("work/.gitignore", "build/\n")
        scratch.write("work/src/.gitignore", "deep\n")
        let request = SearchRequest(text: "let two")
        #expect(try search(request).lines == ["src/a.swift:2:let two = 2"])
        #expect(try search(request, in: "src").lines == ["src/a.swift:2:let two = 2"])
        var all = request
        all.heedsIgnoreFiles = false
        #expect(try search(all).lines.count == 3)
        all.showsHidden = true
        #expect(try search(all).lines.contains(".cache/e.swift:1:let two = 5"))
    }

    @Test func `the rules of a folder above hold, but not those beyond the repository`() throws {
        makeTree()
        scratch.write("work/.gitignore", "c.txt\n")
        #expect(try search(SearchRequest(text: "two"), in: "src/deep").lines.count == 1)
        #expect(try !search(SearchRequest(name: "c.txt"), in: "src").lines.contains("src/c.txt"))
        scratch.makeFolder("work/src/.git")
        #expect(try search(SearchRequest(name: "c.txt"), in: "src").lines == ["src/c.txt"])
    }

    @Test func `names are found, folders marked`() throws {
        makeTree()
        #expect(try search(SearchRequest(name: "d*")).lines == ["build/d.swift", "src/deep/"])
        #expect(try search(SearchRequest(name: "src/**/*.swift")).lines.count == 4)
        #expect(
            try search(SearchRequest(name: "DEEP", ignoresCase: true)).lines == ["src/deep/"])
    }

    @Test func `a pattern is matched line by line`() throws {
        makeTree()
        #expect(
            try search(SearchRequest(pattern: "^let \\w+ = [0-9]$"), in: "src").lines
                == ["src/a.swift:1:let one = 1", "src/a.swift:2:let two = 2"])
        #expect(
            try search(SearchRequest(pattern: "= TWO$")).lines
                == ["src/deep/b.swift:2:let two = TWO"])
        #expect(try search(SearchRequest(text: "= two", ignoresCase: true)).lines.count == 1)
    }

    @Test func `a single file can be searched`() throws {
        makeTree()
        #expect(
            try search(SearchRequest(text: "two"), in: "src/c.txt").lines == ["src/c.txt:1:two"])
        #expect(
            fault { _ = try search(SearchRequest(text: "two"), in: "out/g.swift") }?.kind == .denied
        )
    }

    @Test func `exact search and pattern agree on lines across the buffer's edges`() throws {
        var text = ""
        var expected: [Int] = []
        for line in 1...40_000 {
            let hit = line % 997 == 0
            text += String(repeating: "x", count: line % 61) + (hit ? "needle" : "") + "\n"
            if hit { expected.append(line) }
        }
        scratch.write("work/a", text + String(repeating: "y", count: 600_000) + "needle")
        expected.append(40_001)
        for request in [SearchRequest(text: "needle"), SearchRequest(pattern: "needl[e]")] {
            let lines = try search(request).lines.map { $0.split(separator: ":")[1] }
            #expect(lines == expected.map { Substring(String($0)) })
        }
    }

    @Test func `a long line is shown around the match, and control characters are not shown`()
        throws
    {
        scratch.write(
            "work/a",
            String(repeating: "ö", count: 500) + "needle\u{1B}[2J"
                + String(repeating: "y", count: 500) + "\n")
        let line = try search(SearchRequest(text: "needle")).lines[0]
        #expect(line.contains("öneedle\\x1b[2Jy"))
        #expect(line.hasPrefix("a:1:…ö") && line.hasSuffix("y…") && line.count < 330)
    }

    @Test func `a search ends at its limit of matches, and says so`() throws {
        scratch.write("work/a", String(repeating: "two\n", count: 100))
        let (lines, summary) = try search(SearchRequest(text: "two", matchesMax: 10))
        #expect(lines.count == 10)
        #expect(summary.stopped == "10 matches were found")
        scratch.write("work/b", String(repeating: "three\n", count: 10))
        #expect(try search(SearchRequest(text: "three", matchesMax: 10)).1.stopped == nil)
    }

    @Test func `a search ends at its limits of names, bytes and time`() throws {
        for number in 0..<200 { scratch.write("work/\(number)", "text\n") }
        #expect(
            try search(SearchRequest(text: "x", filesMax: 50)).1.stopped
                == "50 names were looked at")
        #expect(
            try search(SearchRequest(text: "x", bytesMax: 20)).1.stopped
                == "20 bytes were searched")
        let late = Pulse(deadlineNanoseconds: 1)
        #expect(try search(SearchRequest(text: "x"), pulse: late).1.stopped == "the time was up")
    }

    @Test func `a search ends when no more output is taken`() throws {
        scratch.write("work/a", "two\ntwo\n")
        let full = Pulse(output: { _ in false })
        for request in [SearchRequest(text: "two"), SearchRequest(name: "a")] {
            let summary = try search(request, pulse: full).1
            #expect(summary.matches == 0 && summary.stopped == "the output of one call was full")
        }
    }

    @Test func `a cancelled search ends`() throws {
        makeTree()
        let cancelled = Pulse(isCancelled: { true })
        let fault = fault { _ = try search(SearchRequest(text: "two"), pulse: cancelled) }
        #expect(fault?.kind == .cancelled)
    }

    @Test func `a request without a question, or with two, is refused`() throws {
        #expect(fault { _ = try search(SearchRequest()) }?.kind == .invalid)
        #expect(fault { _ = try search(SearchRequest(text: "a", pattern: "b")) }?.kind == .invalid)
        #expect(fault { _ = try search(SearchRequest(text: "a\nb")) }?.kind == .invalid)
        #expect(fault { _ = try search(SearchRequest(text: "")) }?.kind == .invalid)
    }

    @Test(.enabled(if: !Scratch.isRoot))
    func `what may not be read is counted, and does not end the search`() throws {
        makeTree()
        scratch.setMode("work/src/a.swift", 0)
        scratch.setMode("work/src/deep", 0)
        let (lines, summary) = try search(SearchRequest(text: "let two"))
        #expect(lines == ["build/d.swift:1:let two = 4"])
        #expect(summary.skippedUnreadable == 2)
    }
}
