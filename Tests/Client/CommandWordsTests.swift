import KernelClient
import Testing

struct CommandWordsTests {
    @Test(arguments: [
        ("", []), ("  ", []), ("fs.read README.md", ["fs.read", "README.md"]),
        ("a\tb\nc", ["a", "b", "c"]), ("path='a b'", ["path=a b"]),
        (#"path="a \"b\" \n""#, [#"path=a "b" \n"#]), (#"a\ b c\\d"#, ["a b", #"c\d"#]),
        (#"'it'"'"'s'"#, ["it's"]), ("''", [""]), ("a''b", ["ab"]),
        ("größe=5 ü", ["größe=5", "ü"]),
        (#"end\"#, [#"end\"#]), (#"'C:\temp'"#, [#"C:\temp"#]),
    ])
    func `a line is cut as a shell would`(line: String, words: [String]) throws {
        #expect(try CommandWords.finished(line).map(\.text) == words)
    }

    @Test func `a name stands before an equals sign that has no backslash`() {
        let words = CommandWords(#"path=a=b 'x=1' http://h/?q=1 =5 a\=1 quoted="x y""#).words
        #expect(words.map(\.name) == ["path", "x", nil, nil, nil, "quoted"])
        #expect(words.map(\.value) == ["a=b", "1", "http://h/?q=1", "=5", "a=1", "x y"])
        #expect(words.map(\.nameIsPlain) == [true, false, true, true, true, true])
    }

    @Test func `words know where they stand`() {
        let words = CommandWords("fs.read  path='a b'").words
        #expect(words.map(\.range) == [0..<7, 9..<19])
    }

    @Test(arguments: ["a 'b", "a \"b", "'"])
    func `an open quote is refused in a finished line`(line: String) {
        #expect(CommandWords(line).openQuote != nil)
        #expect(throws: CommandProblem.self) { try CommandWords.finished(line) }
    }
}
