import Testing

@testable import FilesystemLogic

@Suite struct EditTests {
    private func apply(_ edits: [Edit], to text: String) throws -> (String, [Edit.Result]) {
        let (bytes, results) = try Edit.apply(
            edits, to: Array(text.utf8), of: RawPath(text: "/file"))
        return (String(decoding: bytes, as: UTF8.self), results)
    }

    @Test func `one occurrence is replaced, or all of them`() throws {
        #expect(try apply([Edit(old: "b", new: "x")], to: "a\nb\nc").0 == "a\nx\nc")
        #expect(try apply([Edit(old: "b", new: "x")], to: "a\nb\nc").1[0].line == 2)
        let all = try apply([Edit(old: "aa", new: "b", all: true)], to: "aaaaa aa")
        #expect(all.0 == "bba b")
        #expect(all.1 == [Edit.Result(replaced: 3, line: 1)])
        #expect(try apply([Edit(old: "b\n", new: "")], to: "a\nb\nc").0 == "a\nc")
    }

    @Test func `edits follow one another, and all count or none`() throws {
        let edits = [Edit(old: "one", new: "two"), Edit(old: "two", new: "three")]
        #expect(try apply(edits, to: "one").0 == "three")
        let fault = fault { _ = try apply(edits + [Edit(old: "four", new: "")], to: "one") }
        #expect(fault?.description.hasPrefix("Edit 3 of 3: /file does not contain") == true)
    }

    @Test func `a text that occurs several times is refused with the lines`() {
        let fault = fault { _ = try apply([Edit(old: "x", new: "y")], to: "x\n\nx\na x\n") }
        #expect(fault?.kind == .invalid)
        #expect(fault?.description.contains("3 times, on the lines 1, 3, 4.") == true)
    }

    @Test(arguments: [
        (
            "let value = 1", "let other = 2\n    let valeu = 1\nlet value = 22\n",
            "similar: line 3 \"let value = 22\"; line 2"
        ),
        (
            "  let a = 1\n  let b = 2", "x\n\tlet a = 1\n\tlet b = 2\n",
            "From line 2 on it is the same except for white space"
        ),
        ("one\ntwo", "one\r\ntwo\r\n", "except for line ends (the file has \\r\\n)"),
        ("something", "1\n2\n", "No line looks like it"),
    ])
    func `a text that does not occur is refused with what is nearest`(
        old: String, text: String, sentence: String
    ) {
        let fault = fault { _ = try apply([Edit(old: old, new: "")], to: text) }
        #expect(fault?.kind == .notFound)
        #expect(fault?.description.contains(sentence) == true, "\(fault?.description ?? "")")
    }

    @Test func `edits without meaning are refused`() {
        #expect(fault { _ = try apply([], to: "a") }?.kind == .invalid)
        #expect(fault { _ = try apply([Edit(old: "", new: "a")], to: "a") }?.kind == .invalid)
        #expect(fault { _ = try apply([Edit(old: "a", new: "a")], to: "a") }?.kind == .invalid)
        #expect(
            fault { _ = try apply([Edit(old: "a", new: "b")], to: "a\0") }?.kind == .unsupported)
        let many = [Edit](repeating: Edit(old: "a", new: "b"), count: 101)
        #expect(fault { _ = try apply(many, to: "a") }?.kind == .limit)
    }
}
