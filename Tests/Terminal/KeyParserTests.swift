import KernelTerminal
import Testing

struct KeyParserTests {
    static let table: [(bytes: String, keys: [Key])] = [
        ("a", [.text("a")]), ("äöü 日本 👨‍👩‍👧", [.text("äöü 日本 👨‍👩‍👧")]),
        ("\r", [.enter]), ("\n", [.control("j")]), ("\u{1B}\r", [.altEnter]),
        ("a\rb", [.text("a"), .enter, .text("b")]),
        ("\u{1B}[13;2u", [.altEnter]), ("\u{1B}[27;2;13~", [.altEnter]),
        ("\t", [.tab]), ("\u{1B}[Z", [.shiftTab]),
        ("\u{7F}", [.backspace]), ("\u{8}", [.backspace]), ("\u{1B}\u{7F}", [.altBackspace]),
        ("\u{1B}[3~", [.delete]), ("\u{1B}[3;5~", [.controlDelete]),
        ("\u{1B}[A\u{1B}[B\u{1B}[C\u{1B}[D", [.up, .down, .right, .left]),
        ("\u{1B}OA\u{1B}OB\u{1B}OC\u{1B}OD", [.up, .down, .right, .left]),
        ("\u{1B}[1;5C\u{1B}[1;5D\u{1B}[1;3C", [.wordRight, .wordLeft, .wordRight]),
        ("\u{1B}[1;2A", [.up]),
        ("\u{1B}[H\u{1B}[F\u{1B}OH\u{1B}OF", [.home, .end, .home, .end]),
        ("\u{1B}[1~\u{1B}[4~\u{1B}[7~\u{1B}[8~", [.home, .end, .home, .end]),
        ("\u{1B}[5~\u{1B}[6~", [.pageUp, .pageDown]),
        ("\u{1}\u{5}\u{B}\u{15}\u{17}", "aekuw".map(Key.control)),
        ("\u{19}\u{C}\u{12}\u{3}\u{4}\u{1A}\u{14}\u{1F}", "ylrcdzt_".map(Key.control)),
        ("\u{1B}b\u{1B}f\u{1B}d", "bfd".map(Key.alt)),
        (
            "\u{1B}[200~one\rtwo\r\nthree\t\u{1B}[A\u{1B}[201~x",
            [
                .paste("one\ntwo\nthree\t\u{1B}[A"), .text("x"),
            ]
        ),
        ("\u{1B}[200~\u{1B}[201~", [.paste("")]),
        // Unknown ones are swallowed whole, and what follows is not.
        ("\u{1B}[99;99;99q+", [.text("+")]), ("\u{1B}[?1;2c+", [.text("+")]),
        ("\u{1B}[<0;10;10M+", [.text("+")]), ("\u{1B}[[A+", [.text("+")]),
        ("\u{1B}OP+", [.text("+")]), ("\u{1B}[15~+", [.text("+")]), ("\u{1B}[201~+", [.text("+")]),
        ("\u{1B}]11;rgb:0000/0000/0000\u{7}+", [.text("+")]),
        ("\u{1B}]11;rgb:00\u{1B}\\+", [.text("+")]), ("\u{1B}P1$r0m\u{1B}\\+", [.text("+")]),
        ("\u{1B}[" + String(repeating: "1;", count: 40) + "A+", [.up, .text("+")]),
        // A sequence that breaks off does not take the next key with it.
        ("\u{1B}[1\rx", [.enter, .text("x")]), ("\u{1B}[1ä", [.text("ä")]),
        ("\u{1B}]title\rx", [.enter, .text("x")]), ("\u{1B}\u{1B}[A", [.escape, .up]),
        ("\u{1B}\u{1}", [.escape, .control("a")]),
    ]

    @Test(arguments: table)
    func `keys are the same wherever the bytes are cut`(bytes: String, keys: [Key]) {
        let bytes = Array(bytes.utf8)
        var whole = KeyParser()
        #expect(whole.feed(bytes) == keys)
        #expect(whole.patienceMilliseconds == nil)
        for first in 0...bytes.count {
            for second in first...min(first + 12, bytes.count) {
                var parser = KeyParser()
                var cut = parser.feed(bytes[..<first])
                cut += parser.feed(bytes[first..<second])
                cut += parser.feed(bytes[second...])
                #expect(Self.joined(cut) == keys, "cut at \(first) and \(second)")
            }
        }
    }

    /// Text that was cut comes in parts.
    private static func joined(_ keys: [Key]) -> [Key] {
        keys.reduce(into: []) { result, key in
            if case .text(let new) = key, case .text(let old)? = result.last {
                result[result.count - 1] = .text(old + new)
            } else {
                result.append(key)
            }
        }
    }

    @Test func `a lone escape is a key after a while`() {
        var parser = KeyParser()
        #expect(parser.feed([0x1B]) == [])
        #expect(parser.patienceMilliseconds == 50)
        #expect(parser.flush() == [.escape])
        #expect(parser.patienceMilliseconds == nil)
        #expect(parser.flush() == [])
    }

    @Test(arguments: ["\u{1B}]", "\u{1B}P", "\u{1B}[1;", "\u{1B}[["])
    func `an unfinished sequence is given up after a while`(bytes: String) {
        var parser = KeyParser()
        #expect(parser.feed(bytes.utf8) == [])
        #expect(parser.flush() == [])
        #expect(parser.feed("x".utf8) == [.text("x")])
    }

    @Test(arguments: [("\u{1B}[", "["), ("\u{1B}O", "O")] as [(String, Character)])
    func `alt with the first letter of a sequence is known after a while`(
        bytes: String, letter: Character
    ) {
        var parser = KeyParser()
        #expect(parser.feed(bytes.utf8) == [])
        #expect(parser.flush() == [.alt(letter)])
    }

    @Test func `a paste without an end is what came of it`() {
        var parser = KeyParser()
        #expect(parser.feed("\u{1B}[200~abc".utf8) == [])
        #expect(parser.patienceMilliseconds == 5000)
        #expect(parser.flush() == [.paste("abc")])
    }

    @Test func `a paste over the limit is refused and what follows is read`() {
        var parser = KeyParser()
        let large = [UInt8](repeating: 0x61, count: 3 * KeyParser.pasteBytesMax)
        #expect(parser.feed("\u{1B}[200~".utf8) == [])
        #expect(parser.feed(large) == [])
        #expect(
            parser.feed("\u{1B}[201~x".utf8) == [
                .pasteRefused(byteCount: large.count), .text("x"),
            ])
        var fitting = KeyParser()
        let exact = large.prefix(KeyParser.pasteBytesMax)
        let keys = fitting.feed(Array("\u{1B}[200~".utf8) + exact + Array("\u{1B}[201~".utf8))
        #expect(keys == [.paste(String(decoding: exact, as: UTF8.self))])
    }

    @Test(arguments: 0..<200)
    func `broken text is repaired as the standard library does`(seed: UInt64) {
        var random = Seeded(state: seed)
        let bytes: [UInt8] = (0..<40).map { _ in
            let kinds: [ClosedRange<UInt8>] = [0x20...0x7E, 0x80...0xBF, 0xC0...0xFF, 0xE0...0xF4]
            return UInt8.random(in: kinds.randomElement(using: &random)!, using: &random)
        }
        let cut = Int.random(in: 0...bytes.count, using: &random)
        var parser = KeyParser()
        var keys = parser.feed(bytes[..<cut])
        keys += parser.feed(bytes[cut...])
        keys += parser.flush()
        #expect(Self.joined(keys) == [.text(String(decoding: bytes, as: UTF8.self))])
    }

    @Test(arguments: 0..<200)
    func `any bytes leave the parser able to read on`(seed: UInt64) {
        var random = Seeded(state: seed)
        var parser = KeyParser()
        for _ in 0..<20 {
            let likely: [UInt8] = [0x1B, 0x5B, 0x5D, 0x4F, 0x50, 0x32, 0x30, 0x3B, 0x7E, 0x0D]
            _ = parser.feed(
                (0..<10).map { _ in
                    Bool.random(using: &random)
                        ? likely.randomElement(using: &random)!
                        : UInt8.random(in: 0...255, using: &random)
                })
        }
        _ = parser.flush()
        #expect(parser.feed("ok".utf8) == [.text("ok")])
    }
}
