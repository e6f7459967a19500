import Testing

@testable import FilesystemLogic

@Suite struct PatternTests {
    private func finds(_ pattern: String, _ text: String, ignoringCase: Bool = false) throws -> Bool
    {
        let tree = try PatternParser.parse(pattern, ignoringCase: ignoringCase)
        let automaton = Automaton(try Program(tree, isWhole: false), isFloating: true)
        return automaton.matches(Array(text.utf8))
    }

    @Test(
        arguments: [
            ("abc", ["xabcx", "abc"], ["ab", ""]),
            ("a.c", ["abc", "aöc", "a😀c"], ["ac", "ab"]),
            ("^ab", ["abc"], ["xab"]),
            ("ab$", ["xab"], ["abx"]),
            ("^$", [""], ["a"]),
            ("", ["", "a"], []),
            ("a*b", ["b", "aaab"], ["a"]),
            ("a+b", ["aab"], ["b"]),
            ("^a?b$", ["b", "ab"], ["aab"]),
            ("^a{2}$", ["aa"], ["a", "aaa"]),
            ("^a{2,}$", ["aa", "aaaa"], ["a"]),
            ("^a{1,3}$", ["a", "aaa"], ["", "aaaa"]),
            ("a{x", ["a{x"], ["a"]),
            ("^(ab|cd)+$", ["ab", "cdab"], ["abc", ""]),
            ("^(?:a|b|)c$", ["ac", "bc", "c"], ["abc"]),
            ("[a-c]x", ["bx"], ["dx"]),
            ("^[^a-c]$", ["d", "ö", "-"], ["a", ""]),
            ("[]x]", ["]", "x"], ["y"]),
            ("[a-]", ["-", "a"], ["b"]),
            ("[äö]", ["ö", "Bär"], ["u"]),
            ("^\\d+\\s\\w+$", ["12 ab_3"], ["12ab", "x y"]),
            ("^[\\d.]+$", ["1.2.3"], ["1,2"]),
            ("^\\D\\S\\W$", ["ab-"], ["1b-", "a -", "abc"]),
            ("\\bcat\\b", ["a cat.", "cat"], ["concat", "cats"]),
            ("\\Bcat", ["concat"], ["cat"]),
            ("a\\.b\\*", ["a.b*"], ["axb*"]),
            ("größe", ["die größe"], ["grösse"]),
            ("(a*)*b", ["aab"], ["aac"]),
            ("x*?y", ["xxy"], ["x"]),
        ] as [(String, [String], [String])])
    func `a pattern finds what it describes, and nothing else`(
        pattern: String, found: [String], missed: [String]
    ) throws {
        for text in found { #expect(try finds(pattern, text), "\(pattern) in \(text)") }
        for text in missed { #expect(try !finds(pattern, text), "\(pattern) in \(text)") }
    }

    @Test func `case is ignored for letters of all alphabets`() throws {
        #expect(try finds("größe [a-c]", "GRÖSSE GRÖẞE GRÖßE B", ignoringCase: true) == true)
        #expect(try finds("привет", "ПРИВЕТ", ignoringCase: true))
        #expect(try !finds("привет", "ПРИВЕТ"))
    }

    @Test(arguments: [
        "(", ")", "a)", "[a", "*a", "+", "a\\", "\\q", "\\1", "(?=a)", "[b-a]", "a{3,1}", "a{1001}",
        "\\n",
    ])
    func `a pattern that is wrong is refused with the place`(pattern: String) {
        let fault = fault { _ = try PatternParser.parse(pattern, ignoringCase: false) }
        #expect(fault?.kind == .invalid)
        #expect(fault?.description.contains("at character") == true)
    }

    @Test func `a pattern that would grow without bound is refused`() throws {
        let large = "((a{1000}){1000}){1000}"
        #expect(fault { _ = try finds(large, "a") }?.kind == .limit)
        let deep = String(repeating: "(", count: 200) + String(repeating: ")", count: 200)
        #expect(fault { _ = try finds(deep, "a") }?.kind == .invalid)
    }

    @Test func `patterns that make others take for ever take no time`() throws {
        let text = String(repeating: "a", count: 20_000)
        for pattern in ["(a|aa)+$x", "(a*)*b", "(a+)+b", "a?{50}a{50}b", "(x+x+)+y"] {
            #expect(try !finds(pattern, text))
        }
    }

    @Test func `more states than are kept change nothing`() throws {
        // Needs 2^13 states: the thirteenth sign from the end is an a.
        let pattern = "^(a|b)*a(a|b){12}$"
        var text = ""
        var seed = 12345
        for _ in 0..<20_000 {
            seed = (seed &* 1_103_515_245 &+ 12345) & 0x7FFF_FFFF
            text += seed & 0x10000 == 0 ? "a" : "b"
        }
        for (sign, expected) in [("a", true), ("b", false)] {
            let tail = sign + String(repeating: "b", count: 12)
            #expect(try finds(pattern, text + tail) == expected)
        }
    }

    @Test(
        arguments: [
            ("*.swift", ["a.swift", ".swift"], ["a.swiftx", "a/b.swift"]),
            ("a?c", ["abc", "aöc"], ["ac", "a/c"]),
            ("[a-c]*", ["b", "cx"], ["d"]),
            ("[!a]b", ["xb"], ["ab"]),
            ("*.{c,h}", ["x.c", "x.h"], ["x.o"]),
            ("**/b", ["b", "a/b", "a/a/b"], ["ab", "b/a"]),
            ("a/**", ["a/b", "a/b/c"], ["a", "b/a"]),
            ("a/**/b", ["a/b", "a/x/y/b"], ["ab", "axb"]),
            ("a\\*b", ["a*b"], ["axb"]),
            ("[", ["["], ["a"]),
            ("{a", ["{a"], ["a"]),
            ("a.b", ["a.b"], ["axb"]),
            ("(a)+", ["(a)+"], ["a"]),
        ] as [(String, [String], [String])])
    func `a name pattern describes the whole name`(
        pattern: String, found: [String], missed: [String]
    ) throws {
        let program = try Program(try Glob.parse(pattern), isWhole: true)
        let automaton = Automaton(program, isFloating: false)
        for name in found { #expect(automaton.matches(Array(name.utf8)), "\(pattern): \(name)") }
        for name in missed { #expect(!automaton.matches(Array(name.utf8)), "\(pattern): \(name)") }
    }

    @Test func `the rules of an ignore file mean what they mean to git`() {
        let rules = IgnoreRules(
            Array(
                "# a comment\n*.o\n!keep.o\n/top\nbuild/\ndocs/*.html\nspace\\ \n\n**/deep\n".utf8))
        func ignores(_ path: String, isFolder: Bool = false) -> Bool? {
            rules.ignores(RawPath(text: path).components[...], isFolder: isFolder)
        }
        #expect(ignores("a.o") == true)
        #expect(ignores("x/y/a.o") == true)
        #expect(ignores("keep.o") == false)
        #expect(ignores("top") == true)
        #expect(ignores("x/top") == nil)
        #expect(ignores("build") == nil)
        #expect(ignores("x/build", isFolder: true) == true)
        #expect(ignores("docs/a.html") == true)
        #expect(ignores("docs/x/a.html") == nil)
        #expect(ignores("x/docs/a.html") == nil)
        #expect(ignores("space ") == true)
        #expect(ignores("x/y/deep") == true)
        #expect(ignores("a.c") == nil)
    }
}
