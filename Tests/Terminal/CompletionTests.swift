import KernelTerminal
import Testing

struct CompletionTests {
    /// Completes the last word from a list.
    private static func complete(_ typist: inout Typist, from words: [CompletionCandidate]) {
        let action = typist.type("\t")
        guard case .complete(let text, let cursor) = action else { return }
        let word =
            text.utf8.prefix(cursor).split(separator: 0x20, omittingEmptySubsequences: false)
            .last.map { String($0)! } ?? ""
        let result = CompletionResult(
            replacing: cursor - word.utf8.count..<cursor,
            candidates: words.filter { $0.text.hasPrefix(word) })
        _ = typist.editor.complete(with: result)
    }

    private static let words = ["fs.read", "fs.remove", "fs.stat", "system.volume"].map {
        CompletionCandidate($0)
    }

    @Test func `the only candidate is inserted with its suffix`() {
        var typist = Typist()
        typist.type("run sy")
        Self.complete(&typist, from: Self.words)
        #expect(typist.shown == "run system.volume |")
    }

    @Test func `tab inserts what is common, lists, then walks in a circle`() {
        var typist = Typist()
        typist.type("fs.r")
        Self.complete(&typist, from: Self.words)
        #expect(typist.shown == "fs.re|")
        #expect(typist.editor.completion?.isListed == false)
        typist.type("\t")
        #expect(typist.editor.completion?.isListed == true)
        #expect(typist.shown == "fs.re|")
        typist.type("\t")
        #expect(typist.shown == "fs.read|")
        typist.type("\t")
        #expect(typist.shown == "fs.remove|")
        typist.type("\t")
        #expect(typist.shown == "fs.re|")
        typist.type("\u{1B}[Z")
        #expect(typist.shown == "fs.remove|")
        typist.type("\r")
        #expect(typist.shown == "fs.remove |")
        #expect(typist.type("x\r") == .submit("fs.remove x"))
    }

    @Test func `another key ends the completion and is handled`() {
        var typist = Typist()
        typist.type("fs.r")
        Self.complete(&typist, from: Self.words)
        typist.type("\ta")
        #expect(typist.shown == "fs.rea|")
        #expect(typist.editor.completion == nil)
    }

    @Test func `nothing to complete is said`() {
        var typist = Typist()
        typist.type("zzz")
        Self.complete(&typist, from: Self.words)
        #expect(typist.editor.notice == "Nothing to complete here.")
        #expect(typist.shown == "zzz|")
    }

    @Test func `a result that does not fit the text is refused`() {
        var typist = Typist()
        typist.type("ab")
        let result = CompletionResult(replacing: 1..<9, candidates: Self.words)
        _ = typist.editor.complete(with: result)
        #expect(typist.shown == "ab|")
    }

    @Test func `candidates stand in columns and what is missing is counted`() {
        let many = (0..<30).map { CompletionCandidate("word\($0)") }
        let rows = CompletionMenu.rows(many, selected: nil, columns: 20, rowsMax: 4)
        #expect(
            rows.map(\.text) == [
                "word0   word1   ", "word2   word3   ", "word4   word5   ", "and 24 more",
            ])
        let last = CompletionMenu.rows(many, selected: 29, columns: 20, rowsMax: 4)
        #expect(last[2].text == "word28  word29  ")
        #expect(last[2].pieces.contains { $0.text == "word29" && $0.style == .selected })
    }

    @Test func `descriptions stand one a row`() {
        let candidates = [
            CompletionCandidate("fs.read", about: "Reads a file."), CompletionCandidate("fs.stat"),
        ]
        let rows = CompletionMenu.rows(candidates, selected: 0, columns: 40, rowsMax: 5)
        #expect(rows.map(\.text) == ["fs.read  Reads a file.", "fs.stat  "])
    }
}
