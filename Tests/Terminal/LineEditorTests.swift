import KernelTerminal
import Testing

/// An editor that is given keys as a terminal sends them.
struct Typist {
    var editor: LineEditor
    var parser = KeyParser()

    init(history: [String] = []) {
        editor = LineEditor(history: History(history))
    }

    /// Types, and answers what the last key asked for.
    @discardableResult
    mutating func type(_ bytes: String) -> LineAction {
        (bytes.utf8.flatMap { parser.feed([$0]) } + parser.flush())
            .reduce(.nothing) { editor.handle($1) }
    }

    /// The text with `|` where the cursor is.
    var shown: String {
        var text = editor.text
        let index = text.utf8.index(text.startIndex, offsetBy: editor.cursor)
        text.insert("|", at: index)
        return text
    }
}

struct LineEditorTests {
    static let scripts: [(keys: String, shown: String)] = [
        ("hello", "hello|"), ("hello\u{1B}[D\u{1B}[D\u{7F}", "he|lo"),
        ("hello\u{1}>\u{5}<", ">hello<|"), ("hello\u{1}\u{1B}[3~\u{4}", "|llo"),
        ("a 👨‍👩‍👧e\u{301}\u{1B}[D\u{1B}[D", "a |👨‍👩‍👧e\u{301}"), ("x👨‍👩‍👧\u{7F}", "x|"),
        ("e\u{1B}[D\u{1B}[C\u{301}x\u{1B}[D\u{7F}", "|x"),
        // Words.
        ("one two-three\u{1B}b", "one two-|three"), ("one two\u{1B}b\u{1B}b\u{1B}f", "one| two"),
        ("one two\u{1B}[1;5D\u{1B}[1;5D", "|one two"), ("one two\u{1}\u{1B}d", "| two"),
        ("one two-three\u{17}", "one |"), ("one two-three\u{1B}\u{7F}", "one two-|"),
        // Killing and yanking.
        ("one two\u{1B}b\u{B}\u{1}\u{19}", "two|one "), ("one two\u{15}x\u{19}", "xone two|"),
        ("one two three\u{17}\u{17}\u{19}", "one two three|"),
        ("one\u{15}two\u{15}\u{19}\u{1B}y", "one|"), ("one\u{15}\u{19}\u{1B}y", "one|"),
        ("a\nb\u{1B}[A\u{B}", "a|b"), ("a\nb\u{15}\u{15}", "a|"),
        // Undo: a word at a time.
        ("one two\u{1F}", "one|"), ("one two\u{1F}\u{1F}", "|"),
        ("one\u{15}\u{1F}", "one|"), ("one\u{3}\u{1F}", "one|"),
        // Several lines.
        ("one\u{1B}\rtwo", "one\ntwo|"), ("one\ntwo", "one\ntwo|"),
        ("one\\\rtwo", "one\ntwo|"), ("one\ntwo\u{1B}[A\u{1B}[H!", "!|one\ntwo"),
        ("long line\nab\u{1B}[A\u{5}\u{1B}[B", "long line\nab|"),
        ("one\ntwo\u{1B}[H\u{7F}", "one|two"),
        ("\u{1B}[200~a\tb\rc\u{1B}[201~d", "a\tb\ncd|"),
        ("ab\u{14}", "ba|"), ("abc\u{1B}[D\u{14}", "acb|"), ("a\u{14}", "a|"), ("\u{14}", "|"),
        ("x\u{1B}q\u{1B}[99~y", "xy|"),
    ]

    @Test(arguments: scripts)
    func `keys make this text`(keys: String, shown: String) {
        var typist = Typist()
        typist.type(keys)
        #expect(typist.shown == shown)
    }

    @Test func `enter submits and leaves an empty line`() {
        var typist = Typist()
        #expect(typist.type("one\u{1}\r") == .submit("one"))
        #expect(typist.shown == "|")
        #expect(typist.type("\r") == .submit(""))
        #expect(typist.type("a\\\\\r") == .submit("a\\\\"))
        #expect(typist.type("one\n two\r") == .submit("one\n two"))
    }

    @Test func `keys with a meaning to the owner are handed on`() {
        var typist = Typist()
        #expect(typist.type("\u{3}") == .interrupt)
        #expect(typist.type("\u{4}") == .endOfInput)
        #expect(typist.type("\u{1A}") == .suspend)
        #expect(typist.type("\u{C}") == .clearScreen)
        #expect(typist.type("ab\t") == .complete(text: "ab", cursor: 2))
        #expect(typist.type("\u{3}") == .redraw)
        #expect(typist.shown == "|")
    }

    @Test func `a text over the limit is refused and kept as it was`() {
        var typist = Typist()
        let large = String(repeating: "a", count: TextBuffer.bytesMax)
        _ = typist.editor.handle(.paste(large))
        #expect(typist.editor.text.utf8.count == TextBuffer.bytesMax)
        #expect(typist.type("b") == .redraw)
        #expect(typist.editor.text.utf8.count == TextBuffer.bytesMax)
        #expect(typist.editor.notice?.contains("1048576") == true)
        typist.type("\u{7F}")
        #expect(typist.editor.notice == nil)
        #expect(typist.editor.text.utf8.count == TextBuffer.bytesMax - 1)
    }

    @Test func `the arrows walk through the history and give the draft back`() {
        var typist = Typist(history: ["one", "two", "three"])
        typist.type("\u{1B}[A")
        #expect(typist.shown == "three|")
        typist.type("\u{1B}[A\u{1B}[A\u{1B}[A")
        #expect(typist.shown == "one|")
        typist.type("\u{1B}[B\u{1B}[B\u{1B}[B")
        #expect(typist.shown == "|")
        typist.type("tw\u{1B}[A")
        #expect(typist.shown == "two|")
        typist.type("\u{1B}[A")
        #expect(typist.shown == "two|")
        typist.type("\u{1B}[B")
        #expect(typist.shown == "tw|")
    }

    @Test func `an entry that was changed is a new draft`() {
        var typist = Typist(history: ["one", "two"])
        typist.type("\u{1B}[A!\u{1B}[A")
        #expect(typist.shown == "two!|")
        #expect(typist.type("\r") == .submit("two!"))
        typist.type("\u{1B}[A\u{1B}[A")
        #expect(typist.shown == "two|")
    }

    @Test func `control r searches while the words are typed`() {
        var typist = Typist(history: ["open the door", "close the window", "open the box"])
        typist.type("dr\u{12}open")
        #expect(typist.shown == "|open the box")
        typist.type("\u{12}")
        #expect(typist.shown == "|open the door")
        typist.type("\u{12}")
        #expect(typist.editor.search?.isFailing == true)
        typist.type("\u{7}")
        #expect(typist.shown == "dr|")
        #expect(typist.type("\u{12}wind\r") == .submit("close the window"))
        typist.type("\u{12}box\u{5}!")
        #expect(typist.shown == "open the box!|")
        #expect(typist.editor.search == nil)
    }

    @Test(arguments: 0..<100)
    func `the cursor always stands between two clusters`(seed: UInt64) {
        var random = Seeded(state: seed)
        let keys: [Key] = [
            .text("a"), .text("e"), .text("\u{301}"), .text("👩"), .text("\u{200D}"),
            .text("\u{1F1E9}"),
            .text(" "), .left, .right, .backspace, .delete, .home, .end, .altEnter, .up, .down,
            .control("k"), .control("y"), .control("w"), .control("_"), .control("t"), .wordLeft,
            .alt("y"), .paste("x\u{301}\r\ny"), .control("u"), .alt("d"),
        ]
        var editor = LineEditor(history: History(["one", "two\nthree"]))
        for _ in 0..<300 {
            _ = editor.handle(keys.randomElement(using: &random)!)
            let offsets = editor.text.indices.map {
                editor.text.utf8.distance(from: editor.text.startIndex, to: $0)
            }
            #expect((offsets + [editor.text.utf8.count]).contains(editor.cursor))
        }
    }
}
