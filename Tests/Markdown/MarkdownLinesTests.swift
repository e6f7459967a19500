import KernelMarkdown
import KernelTerminal
import Testing

struct MarkdownLinesTests {
    struct Case: Sendable {
        let text: String
        let lines: [String]
        var columns = 80
    }

    private static let cases = [
        Case(text: "\n\n  plain  \n", lines: ["plain"]),
        Case(text: "# One\nTwo", lines: ["One", "", "Two"]),
        Case(text: "a\nb\\\nc  \nd", lines: ["a b", "c", "d"]),
        Case(text: "- a\n- b\n\n- c", lines: ["• a", "• b", "", "• c"]),
        Case(text: "7. a\n7. b", lines: ["7. a", "8. b"]),
        Case(text: "- a\n\n- b\n- c\n", lines: ["• a", "", "• b", "• c"]),
        Case(text: "1. a\n   - b\n     1. c\n", lines: ["1. a", "   • b", "     1. c"]),
        Case(text: "- [x] done\n- [ ] open", lines: ["[x] done", "[ ] open"]),
        Case(text: "> a\n>\n> > b", lines: ["▎ a", "▎ ", "▎ ▎ b"]),
        Case(
            text: "one two three four five", lines: ["one two", "three", "four five"], columns: 9),
        Case(text: "- one two three", lines: ["• one two", "  three"], columns: 10),
        Case(text: "abcdefghijklmn op", lines: ["abcdefghij", "klmn op"], columns: 10),
        Case(text: "日本語の文章。です", lines: ["日本語の文", "章。です"], columns: 10),
        Case(text: "[a](http://b.c)", lines: ["a (http://b.c)"]),
        Case(text: "<http://b.c> www.b.c", lines: ["http://b.c www.b.c"]),
        Case(text: "[a](javascript:x)", lines: ["a (javascript:x)"]),
        Case(text: "![p](q.png)", lines: ["[image: p] (q.png)"]),
        Case(text: "$a_1*b*_2$ \\(c\\_d\\)", lines: ["$a_1*b*_2$ \\(c\\_d\\)"]),
        Case(text: "costs $5 or *$6*", lines: ["costs $5 or $6"]),
        Case(text: "$$\n- x_1\n= 2\n$$\n", lines: ["$$", "- x_1", "= 2", "$$"]),
        Case(text: "`$a` and `$b`", lines: ["$a and $b"]),
        Case(text: "[x]: http://y\nz", lines: ["[x]: http://y", "z"]),
        Case(text: "a <b>c</b><br>d &amp; e", lines: ["a <b>c</b>", "d & e"]),
        Case(text: "<div>\n*a*\n</div>", lines: ["<div>", "*a*", "</div>"]),
        Case(text: "```swift\nlet a\n```", lines: ["```swift", "let a", "```"]),
        Case(text: "~~~\na\n\tb", lines: ["~~~", "a", "    b", "~~~"]),
        Case(text: "    a\n    b", lines: ["    a", "    b"]),
        Case(text: "5 ~ 6 ~ 7 ~~8~~", lines: ["5 ~ 6 ~ 7 8"]),
        Case(
            text: "| a | b |\n|---|--:|\n| cc | 1 |\n",
            lines: ["a  │ b", "───┼──", "cc │ 1"]),
        Case(
            text: "| a | b |\n|---|---|\n| c | one two three four |\n",
            lines: [
                "a │ b", "──┼─" + String(repeating: "─", count: 11), "c │ one two",
                "  │ three four",
            ],
            columns: 15),
        Case(
            text:
                "| a | b | c |\n|---|---|---|\n| one | two three four | five six seven |\n| x |\n",
            lines: ["a: one", "b: two three four", "c: five six seven", "───", "a: x", "b:", "c:"],
            columns: 20),
        Case(text: "esc \u{1B}[31m \u{9B}1m", lines: ["esc ^[[31m <U+009B>1m"]),
    ]

    @Test(arguments: cases)
    func `shows`(sample: Case) {
        #expect(Sample.texts(sample.text, Sample.look(sample.columns)) == sample.lines)
    }

    @Test func `without colours the marks stay`() {
        let text = "## T\n\n**b** *i* `c` ~~s~~ [l](http://x.y)\n\n> q\n"
        let lines = MarkdownStream.lines(text, Sample.look(isStyled: false))
        #expect(
            lines.map { $0.rendered(isStyled: false) }
                == ["## T", "", "**b** *i* `c` ~~s~~ l (http://x.y)", "", "> q"])
        #expect(lines.allSatisfy { $0.pieces.allSatisfy { $0.style.address == nil } })
    }

    @Test func `links are opened by terminals that can, and hold nothing but an address`() {
        let look = Sample.look(opensLinks: true)
        func rendered(_ text: String) -> String {
            MarkdownStream.lines(text, look).map { $0.rendered(isStyled: true) }.joined()
        }
        #expect(
            rendered("[a](http://b.c/ü)")
                == "\u{1B}[4m\u{1B}]8;;http://b.c/%C3%BC\u{1B}\\a\u{1B}]8;;\u{1B}\\\u{1B}[0m")
        for text in [
            "[a](<http://b.c/\u{1B}\\x>)", "[a](http://b.c/&#27;&#92;x)", "[a](\u{7}http://b)",
        ] {
            let safe = rendered(text)
            #expect(!safe.contains("c/\u{1B}"))
            #expect(!safe.contains("\u{7}"))
        }
        #expect(!rendered("[a](file:///etc/passwd)").contains("]8;"))
        let long = "http://x/" + String(repeating: "y", count: 3_000)
        #expect(!rendered("[a](\(long))").contains("]8;"))
    }

    @Test func `styles nest`() {
        let pieces = MarkdownStream.lines("**b *both*** `c`", Sample.look())[0].pieces
        #expect(
            pieces == [
                .init(text: "b ", style: .bold),
                .init(text: "both", style: Style(.standard, [.bold, .italic])),
                .init(text: " ", style: .plain), .init(text: "c", style: Style(.cyan)),
            ])
    }
}
