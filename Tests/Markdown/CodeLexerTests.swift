import KernelTerminal
import Testing

@testable import KernelMarkdown

struct CodeLexerTests {
    /// Each piece with the letter of its colour.
    private func shape(_ info: String, _ code: String) -> [String] {
        var lexer = CodeLexer(info: info)
        return code.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            lexer.line(line).pieces.map { piece in
                let letter =
                    switch piece.style {
                    case Style(.magenta): "k"
                    case Style(.green): "s"
                    case Style(.cyan): "n"
                    case Style(.yellow): "t"
                    case Style(.blue): "a"
                    case Style(.red): "r"
                    case .dim: "c"
                    default: ""
                    }
                return letter.isEmpty ? piece.text : "\(letter)(\(piece.text))"
            }.joined()
        }
    }

    @Test func `colours what the table says`() {
        #expect(
            shape("swift", "@Test let x: Int = 0x1F // y") == [
                "a(@Test) k(let) x: t(Int) = n(0x1F) c(// y)"
            ])
        #expect(shape("swift", "/* a /* b */\nc */ if") == ["c(/* a /* b */)", "c(c */) k(if)"])
        #expect(
            shape("c", "#include <x>\nchar c = '\\'';") == [
                "a(#include) <x>", "k(char) c = s('\\'');",
            ])
        #expect(
            shape("py", "def f():\n  '''a\n  b''' # c") == [
                "k(def) f():", "  s('''a)", "s(  b''') c(# c)",
            ])
        #expect(
            shape("bash", "if [ \"$x\" ]; then # y\na#b $HOME") == [
                "k(if) [ s(\"$x\") ]; k(then) c(# y)", "a#b a($HOME)",
            ])
        #expect(
            shape("json", "{\"a\": \"b\", \"c\" : [1.5, true]}") == [
                "{a(\"a\"): s(\"b\"), a(\"c\") : [n(1.5), k(true)]}"
            ])
        #expect(shape("toml", "[a]\nb-c = 'd' # e") == ["[a]", "a(b-c) = s('d') c(# e)"])
        #expect(
            shape("yaml", "- a: yes\n  b: \"c: d\"") == ["- a(a): k(yes)", "  a(b): s(\"c: d\")"])
        #expect(shape("rust", "fn f(x: &'a str) {}") == ["k(fn) f(x: &'a k(str)) {}"])
        #expect(shape("go", "x := `a\nb`") == ["x := s(`a)", "s(b`)"])
        #expect(shape("js", "const a = `b${c}`") == ["k(const) a = s(`b${c}`)"])
        #expect(
            shape("html", "<a href=\"x\">y</a><!-- z") == [
                "k(<a) a(href)=s(\"x\")k(>)yk(</a>)c(<!-- z)"
            ])
        #expect(shape("diff", "@@ 1\n+a\n-b") == ["n(@@ 1)", "s(+a)", "r(-b)"])
        #expect(shape("cobol", "if x") == ["if x"])
    }

    @Test(arguments: [
        "swift", "c", "py", "sh", "json", "toml", "yaml", "rs", "go", "js", "html", "diff",
    ])
    func `loses nothing`(info: String) {
        var random = Seeded(state: 9)
        let parts = [
            "\"", "'", "\\", "/*", "*/", "//", "#", "日本", "é", "x", " ", "1.", "<", ">", "`",
        ]
        var lexer = CodeLexer(info: info)
        for _ in 0..<500 {
            let line = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                parts.randomElement(using: &random)!
            }.joined()
            #expect(lexer.line(line[...]).text == line)
        }
    }
}
