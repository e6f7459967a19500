import Testing

/// The rules see code where there is code, and only there.
struct SourceTextTests {
    @Test(arguments: [
        ("a // b", "a     "),
        ("a /* b /* c */ d */ e", "a                   e"),
        (#"a("b // \"c")"#, #"a("        ")"#),
        (#"a("b \(c("d")) e")"#, #"a("   (c(" "))  ")"#),
        (##"a(#"b \(c) " d"#)"##, ##"a(#"          "#)"##),
        ("func `a \" b`() {", "func `     `() {"),
        ("a = #/[\"{]/#; b", "a =         ; b"),
    ])
    func `comments and the insides of literals are blank`(source: String, code: String) {
        #expect(String(decoding: SourceText(source).code, as: UTF8.self) == code)
    }

    @Test func `a literal may have several lines`() {
        let code = SourceText("\"\"\"\n  a \" { b\n  \"\"\" + c").code
        #expect(String(decoding: code, as: UTF8.self) == "\"\"\"\n         \n  \"\"\" + c")
    }

    @Test func `in C a comment does not nest and a character may be a quote`() {
        let source = "a('\"'); /* b /* c */ d"
        let code = String(decoding: SourceText(source, .c).code, as: UTF8.self)
        #expect(code == "a(' ');              d")
    }

    @Test func `comments keep their lines`() {
        let comments = SourceText("a\n/// b\n/* c\n * d */ e // f").comments
        #expect(comments.map(\.line) == [2, 3, 4, 4])
        #expect(comments.map(\.text) == ["b", "c", "d */", "f"])
        #expect(comments.map(\.isDocumentation) == [true, false, false, false])
    }

    @Test func `what is never closed does not hang`() {
        for source in ["\"", "\"\"\"", "/*", "`", "#\"", "\"\\(", "#/", "\"\\"] {
            #expect(SourceText(source).code.count == source.utf8.count)
        }
    }
}
