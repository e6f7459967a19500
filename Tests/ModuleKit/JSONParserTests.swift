import Testing

@testable import ModuleJSON

struct JSONParserTests {
    @Test(
        arguments: [
            ("null", JSON.null), (" true ", true), ("false", false), ("0", 0), ("-7", -7),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.0", .number(1)),
            ("-0", .number(-0.0)), ("1e3", .number(1000)), ("2.5E-1", .number(0.25)),
            ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
            ("5e-324", .number(.leastNonzeroMagnitude)),
            ("0.1", .number(0.1)),
            ("123456789012345678901234567890", .number(1.2345678901234568e29)),
            ("1e-400", .number(0)), ("\"\"", ""),
            (#""a\n\"\\\/\b\f\r\t""#, "a\n\"\\/\u{8}\u{c}\r\t"),
            ("\"\\u00e4\\u4e2d\\ud83d\\ude00\"", "ä中😀"),
            ("\"ä中😀\"", "ä中😀"), ("\"\\u0000\"", "\0"),
            ("[]", []), ("[1,[2,{}],\"x\"]", [1, [2, [:]], "x"]),
            ("\t{\"b\" : 1 ,\r\n\"a\":[ ]}", ["b": 1, "a": []]),
        ] as [(String, JSON)])
    func `a valid text is read as its value`(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
    }

    @Test(arguments: [
        ("", 1, 1, "expected a value, but the text ends"),
        ("  }", 1, 3, "expected a value, but found “}”"),
        ("{\n  \"a\": 1,\n}", 3, 1, "expected a key in quotes, but found “}”"),
        ("{\"ä\" 1}", 1, 6, "expected “:” after the key, but found “1”"),
        ("[1 2]", 1, 4, "expected “,” or “]”, but found “2”"),
        ("{\"a\":1", 1, 7, "expected “,” or “}”, but the text ends"),
        ("{\"a\":1,\"a\":2}", 1, 8, "the key \"a\" appears twice in one object"),
        ("nul", 1, 1, "expected a value, but found “n”"),
        ("1 x", 1, 3, "expected the end of the text, but found “x”"),
        ("01", 1, 1, "a number must not begin with a zero"),
        ("-", 1, 2, "expected a digit, but the text ends"),
        ("1.", 1, 3, "expected a digit after the point, but the text ends"),
        ("1e+", 1, 4, "expected a digit in the exponent, but the text ends"),
        ("1e999", 1, 1, "the number is too large"),
        ("NaN", 1, 1, "expected a value, but found “N”"),
        ("\"abc", 1, 1, "the text that begins here is never closed"),
        (
            "\"\\x\"", 1, 3,
            "expected one of \" \\ / b f n r t u after the backslash, but found “x”"
        ),
        (
            "\"\\u12g4\"", 1, 6,
            "expected four hexadecimal digits after “\\u”, but found “g”"
        ),
        ("\"\\ud83d\"", 1, 2, "the “\\u” escape is one half of a surrogate pair"),
        ("\"\\ude00\"", 1, 2, "the “\\u” escape is one half of a surrogate pair"),
        ("\"\\ud83d\\u0041\"", 1, 2, "the “\\u” escape is one half of a surrogate pair"),
        ("\"a\tb\"", 1, 3, "the control character 9 must be written as an escape inside a text"),
        ("中", 1, 1, "expected a value, but found “中”"),
        ("\u{1}", 1, 1, "expected a value, but found the control character 1"),
    ])
    func `an invalid text is refused with its place`(
        text: String, line: Int, column: Int, sentence: String
    ) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
        #expect(error?.description == "line \(line), column \(column): \(sentence)")
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xC3],
    ])
    func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON(parsing: bytes) }
    }

    @Test func `nesting is read to the limit and refused beyond it`() throws {
        let deepest = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try JSON(parsing: deepest).text == deepest)
        let error = #expect(throws: JSONError.self) { try JSON(parsing: "[\(deepest)]") }
        #expect(
            error?.description
                == "line 1, column 129: lists and objects are nested more than 128 deep")
    }

    @Test func `a text beyond the limit of bytes is refused before it is read`() {
        let error = #expect(throws: JSONError.self) {
            try JSON(parsing: "[1,2]", limits: JSONLimits(bytes: 4))
        }
        #expect(error?.sentence == "the text has 5 bytes, but at most 4 are read")
    }

    @Test func `large objects keep their order and find their members`() throws {
        let pairs = (0..<200).map { "\"k\($0)\":\($0)" }
        let text = "{\(pairs.joined(separator: ","))}"
        var object = try #require(try JSON(parsing: text).object)
        #expect(JSON.object(object).text == text)
        #expect(object["k150"] == 150)
        object["k3"] = nil
        object["new"] = true
        #expect(object["k150"] == 150 && object["k3"] == nil && object["new"] == true)
        #expect(object.count == 200)
    }
}
