import KernelConfig
import Testing

struct TomlTests {
    @Test func `a parsed document keeps the order and the place of everything`() throws {
        let text = "# é\n[b]\nzz = \"é\" # c\naa.x = [1,\n  2.5, { q = true }]\n[a]\n"
        let root = try TomlDocument(parsing: Array(text.utf8)).root
        #expect(root.members.map(\.key) == ["b", "a"])
        let table = try #require(root["b"]?.table)
        #expect(table.members.map(\.key) == ["zz", "aa"])
        #expect(table.members[0].position == TomlPosition(line: 3, column: 1))
        #expect(table.members[0].node.position == TomlPosition(line: 3, column: 6))
        #expect(table["zz"]?.string == "é")
        let list = try #require(table["aa"]?.table?["x"])
        guard case .array(let elements) = list.value else { return #expect(Bool(false)) }
        #expect(elements[1].position == TomlPosition(line: 5, column: 3))
        #expect(TomlText.value(list) == "[1, 2.5, { q = true }]")
    }

    @Test(arguments: [
        ("1979-05-27", "1979-05-27"), ("07:32:00", "07:32:00"),
        ("07:32:00.125", "07:32:00.125"), ("1979-05-27 07:32:00Z", "1979-05-27T07:32:00Z"),
        ("1979-05-27T07:32:00.5-08:30", "1979-05-27T07:32:00.5-08:30"),
    ])
    func `a date is a string`(written: String, read: String) throws {
        let root = try TomlDocument(parsing: Array("when = \(written)".utf8)).root
        #expect(root["when"]?.string == read)
    }

    @Test(arguments: [
        ("a = \"é\" x", 1, 9, "expected a comment or whitespace"),
        ("a = 1\na = 2", 2, 5, "cannot redefine existing integer 'a'"),
        ("[x\n", 1, 3, "expected ']'"),
        ("a = inf", 1, 5, "Infinity"),
        ("a = \u{7}", 1, 5, "control character"),
        ("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1", 1, 32, "at most 16"),
        (
            "a = " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40), 1, 21,
            "at most 16"
        ),
    ])
    func `an error says where and why`(
        text: String, line: Int, column: Int, reason: String
    ) throws {
        let error = try #require(throws: TomlError.self) {
            try TomlDocument(parsing: Array(text.utf8))
        }
        #expect(error.position == TomlPosition(line: line, column: column), "\(error)")
        #expect(error.sentence.contains(reason), "\(error)")
    }

    @Test func `limits are kept`() throws {
        let million = Array(repeating: UInt8(ascii: "#"), count: 1 << 20)
        #expect(try TomlDocument(parsing: million).root.isEmpty)
        let error = try #require(throws: TomlError.self) {
            try TomlDocument(parsing: million + [UInt8(ascii: "#")])
        }
        #expect(error.sentence.contains("1048576"))
        let deep = Array(repeating: "a", count: 500_000).joined(separator: ".") + " = 1"
        #expect(throws: TomlError.self) { try TomlDocument(parsing: Array(deep.utf8)) }
    }

    @Test(arguments: ["é", "ѐ", "あ", "ﷺ", "\u{2029}", "a = 1 é", "é = 1"])
    func `a character that is no space outside of a string is refused`(text: String) {
        let error = #expect(throws: TomlError.self) {
            try TomlDocument(parsing: Array(text.utf8))
        }
        #expect(error?.position.line == 1)
    }

    @Test(arguments: ["é", "ѐ", "あ", "ﷺ"])
    func `a character that is no space may follow a joined line`(character: String) throws {
        let text = "a = \"\"\"x\\\n\(character)\"\"\""
        let root = try TomlDocument(parsing: Array(text.utf8)).root
        #expect(root["a"]?.string == "x\(character)")
    }

    @Test(arguments: ["[", "[[", "[=", "[ é"])
    func `where toml++ breaks its own assertion, the line is named`(line: String) throws {
        let error = try #require(throws: TomlError.self) {
            try TomlDocument(parsing: Array("a = 1\n\n\(line)\nb = 1\n".utf8))
        }
        #expect(error.position == TomlPosition(line: 3, column: 1))
        #expect(error.sentence == "This line is not TOML.")
    }

    @Test func `dots in strings and comments are no parts of a key`() throws {
        let dots = String(repeating: ".a", count: 40)
        let text = """
            # \(dots)
            a = "\(dots)\\"\(dots)"
            b = '\(dots)'
            c = \"\"\"
            \(dots)"\(dots)\"\"\"
            d = '''\(dots)
            '\(dots)'''
            "e\(dots)" = 1
            """
        let root = try TomlDocument(parsing: Array(text.utf8)).root
        #expect(root.members.count == 5)
    }
}
