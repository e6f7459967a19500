import KernelMarkdown
import KernelTerminal
import KernelTesting
import Testing

/// However a text is cut into pieces, the same comes out.
struct MarkdownStreamTests {
    private static func streamed(_ pieces: [String], _ look: MarkdownLook) -> [StyledText] {
        var stream = MarkdownStream(look)
        var lines: [StyledText] = []
        for piece in pieces {
            lines += stream.add(piece)
            _ = stream.unfinished
        }
        return lines + stream.finish()
    }

    private static func cut(_ text: String, _ random: inout Seeded, countMax: Int) -> [String] {
        var pieces: [String] = []
        var rest = Array(text.unicodeScalars)[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...countMax, using: &random)
            var piece = ""
            piece.unicodeScalars.append(contentsOf: rest.prefix(count))
            pieces.append(piece)
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    @Test(arguments: Sample.all)
    func `every cut into two gives the same lines`(text: String) {
        let whole = MarkdownStream.lines(text, Sample.look())
        let scalars = Array(text.unicodeScalars)
        for place in 0...scalars.count {
            var pieces = ["", ""]
            pieces[0].unicodeScalars.append(contentsOf: scalars[..<place])
            pieces[1].unicodeScalars.append(contentsOf: scalars[place...])
            let lines = Self.streamed(pieces, Sample.look())
            #expect(lines == whole, "cut at \(place)")
            if lines != whole { return }
        }
    }

    @Test(arguments: Sample.all, [20, 33, 80, 200])
    func `one character after the other gives the same lines`(text: String, columns: Int) {
        let look = Sample.look(columns)
        let pieces = text.unicodeScalars.map { String($0) }
        #expect(Self.streamed(pieces, look) == MarkdownStream.lines(text, look))
    }

    private static let tokens = [
        "a", "word ", "日本", "\n", "\n\n", "\r\n", "  ", "    ", "\t", "- ", "* ", "1. ", "2) ",
        "> ", "# ", "**", "*", "_", "`", "```", "```\n", "```swift\n", "~~~\n", "|", "| a | b |\n",
        "|---|---|\n", "---\n", "===\n", "[", "](", ")", "http://x.y", "$", "$$\n", "\\", "\\[",
        "<b>", "<!--", "-->", "[x]: y\n", "- [ ] ", "👨‍👩‍👧", "e\u{301}", "\u{1B}[31m", "&amp;",
    ]

    private static func randomText(_ random: inout Seeded, countMax: Int) -> String {
        (0..<Int.random(in: 1...countMax, using: &random)).map { _ in
            tokens.randomElement(using: &random)!
        }.joined()
    }

    @Test(arguments: 0..<(LongForm.isWanted ? 4_000 : 300) as Range<UInt64>)
    func `random texts in random pieces give the same lines`(seed: UInt64) {
        var random = Seeded(state: seed)
        let text = Self.randomText(&random, countMax: 120)
        let look = Sample.look(
            Int.random(in: 20...200, using: &random), isStyled: .random(using: &random))
        let pieces = Self.cut(text, &random, countMax: 12)
        let lines = Self.streamed(pieces, look)
        let whole = MarkdownStream.lines(text, look)
        #expect(lines == whole, "\(pieces)")
    }

    @Test(arguments: 0..<(LongForm.isWanted ? 20 : 3) as Range<UInt64>)
    func `long texts in pieces give the same lines`(seed: UInt64) {
        var random = Seeded(state: seed &+ 77)
        var text = ""
        while text.utf8.count < 60_000 {
            text +=
                Bool.random(using: &random)
                ? Self.randomText(&random, countMax: 80)
                : String(repeating: "words without end ", count: 900)
        }
        let pieces = Self.cut(text, &random, countMax: 3_000)
        #expect(Self.streamed(pieces, Sample.look()) == MarkdownStream.lines(text, Sample.look()))
    }

    @Test(arguments: 0..<(LongForm.isWanted ? 2_000 : 200) as Range<UInt64>)
    func `no bytes reach the terminal as anything but text`(seed: UInt64) {
        var random = Seeded(state: seed &+ 5)
        let bytes = (0..<Int.random(in: 1...600, using: &random)).map { _ in
            Bool.random(using: &random)
                ? UInt8.random(in: 0...255, using: &random)
                : Array("\n\n -*`#|>[]()!_~$\\<\t:1.".utf8).randomElement(using: &random)!
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let look = Sample.look(Int.random(in: 20...200, using: &random), isStyled: false)
        var stream = MarkdownStream(look)
        let lines = stream.add(text) + stream.unfinished + stream.finish()
        for line in lines {
            let isPlain = line.rendered(isStyled: false).unicodeScalars.allSatisfy { scalar in
                scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
                    || scalar.value == 0x0A
            }
            #expect(isPlain, "\(bytes)")
        }
    }

    @Test(arguments: [Sample.prose, Sample.lists, Sample.tables, Sample.odd], 20...60)
    func `no line is wider than the terminal`(text: String, columns: Int) {
        for line in MarkdownStream.lines(text, Sample.look(columns)) where !Self.isKept(line) {
            #expect(line.width <= columns, "\(line.text)")
        }
    }

    /// Code is left to the terminal.
    private static func isKept(_ line: StyledText) -> Bool {
        line.text.contains("let x") || line.text.contains("```")
    }

    // MARK: - Bounds

    @Test func `a block that never ends is handed out all the same`() {
        var stream = MarkdownStream(Sample.look())
        var count = 0
        for _ in 0..<1_500 { count += stream.add("another line of it\n").count }
        #expect(count > 100)
        count = 0
        for _ in 0..<4_000 { count += stream.add("nospaceatall").count }
        #expect(count > 100)
    }

    @Test func `hostile texts take no time`() {
        let texts = [
            String(repeating: "![[]()", count: 5_000), String(repeating: ">", count: 20_000),
            String(repeating: "*a **b ", count: 5_000), String(repeating: "`", count: 20_000),
            "|" + String(repeating: "a|", count: 5_000) + "\n|"
                + String(repeating: "-|", count: 5_000)
                + "\n" + String(repeating: "|\n", count: 5_000),
            String(repeating: "- ", count: 5_000), String(repeating: "[a](", count: 5_000),
            String(repeating: "$a", count: 10_000), String(repeating: "\\(", count: 10_000),
        ]
        let clock = ContinuousClock()
        for text in texts {
            let time = clock.measure { _ = MarkdownStream.lines(text, Sample.look()) }
            // Without bounds each takes from one second to minutes.
            #expect(time < .seconds(LongForm.isWanted ? 5 : 20), "\(text.prefix(20))")
        }
    }
}
