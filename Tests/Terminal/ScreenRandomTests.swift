import KernelSystem
import KernelTerminal
import KernelTesting
import Testing

/// Splitmix64: the same numbers on every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Painting step by step must come to what painting once, on an empty terminal, comes to.
struct ScreenRandomTests {
    private static let clusters = [
        "a", "b", "c", " ", "\n", "日", "語", "e\u{301}", "👍🏽", "👨‍👩‍👧", "❤️", "\t",
        "🇩🇪", "\u{1B}", "한",
        "\u{200B}", "x", "y", "z", "क्षि", "é", "\u{301}",
    ]

    private static func seeds(_ count: UInt64) -> Range<UInt64> {
        0..<(LongForm.isWanted ? count : count / 4)
    }

    private static func text(_ random: inout Seeded, countMax: Int, of clusters: [String]) -> String
    {
        let count = Int.random(in: 0...countMax, using: &random)
        return (0..<count).map { _ in clusters.randomElement(using: &random)! }.joined()
    }

    /// Small edits most of the time, as a person makes them.
    private static func edited(_ text: String, _ random: inout Seeded, countMax: Int) -> String {
        guard Int.random(in: 0..<8, using: &random) > 0 else {
            return Self.text(&random, countMax: countMax, of: clusters)
        }
        var text = text
        let offset = Int.random(in: 0...text.count, using: &random)
        let place = text.index(text.startIndex, offsetBy: offset)
        if Bool.random(using: &random) && place < text.endIndex {
            text.remove(at: place)
        } else if text.count < countMax {
            text.insert(contentsOf: clusters.randomElement(using: &random)!, at: place)
        }
        return text
    }

    private static func content(_ text: String, _ random: inout Seeded) -> ScreenContent {
        var buffer = TextBuffer(text)
        buffer.move(to: Int.random(in: 0...buffer.end, using: &random))
        let below = Int.random(in: 0..<3, using: &random)
        return ScreenContent(
            prompt: StyledText("ask ", .bold) + "> ", text: text, cursor: buffer.cursor,
            below: (0..<below).map { StyledText("hint \($0) 日本語", .dim) })
    }

    @Test(arguments: TerminalEmulator.Widths.allCases, seeds(40))
    func `painting step by step equals painting once`(
        widths: TerminalEmulator.Widths, seed: UInt64
    ) {
        var random = Seeded(state: seed)
        let columns = Int.random(in: 9...40, using: &random)
        let rows = Int.random(in: 2...10, using: &random)
        var painted = Painted(columns: columns, rows: rows, widths: widths)
        var events: [String] = []
        var text = ""
        for _ in 0..<60 {
            text = Self.edited(text, &random, countMax: 120)
            let content = Self.content(text, &random)
            painted.feed(painted.screen.paint(content))
            if Int.random(in: 0..<4, using: &random) == 0 {
                let event =
                    "event \(events.count) " + String(repeating: "=", count: events.count) + "|"
                events.append(event)
                painted.feed(painted.screen.printAbove(event))
            }
            var scratch = Painted(columns: columns, rows: rows, widths: widths)
            if !events.isEmpty {
                scratch.feed(scratch.screen.printAbove(events.joined(separator: "\n")))
            }
            scratch.screen = painted.screen
            scratch.screen.forget()
            scratch.feed(scratch.screen.paint(content))
            guard
                painted.terminal.transcript == scratch.terminal.transcript,
                painted.terminal.column == scratch.terminal.column,
                painted.terminal.transcriptRow == scratch.terminal.transcriptRow,
                painted.terminal.unknown.isEmpty
            else {
                #expect(painted.terminal.transcript == scratch.terminal.transcript)
                #expect(painted.terminal.column == scratch.terminal.column)
                #expect(painted.terminal.transcriptRow == scratch.terminal.transcriptRow)
                #expect(painted.terminal.unknown == [])
                return
            }
        }
    }

    @Test(arguments: seeds(100))
    func `a change of size leaves nothing behind and takes no event away`(seed: UInt64) {
        let plain = ["a", "b", " ", "日", "語", "한", "x", "y", "\u{1B}", "\u{200B}", "é"]
        var resized = Resized(seed: seed &+ 1000, clusters: plain)
        for _ in 0..<40 {
            resized.step()
            let count = resized.events.count
            let lines = resized.painted.terminal.lines
            guard Array(lines.prefix(count)) == resized.events else {
                #expect(Array(lines.prefix(count)) == resized.events)
                return
            }
            #expect(lines[count].hasPrefix("ask >"))
        }
    }

    /// Where terminals disagree about widths a row may be left over, but no event is lost.
    @Test(arguments: TerminalEmulator.Widths.allCases, seeds(100))
    func `disputed widths and a change of size take no event away`(
        widths: TerminalEmulator.Widths, seed: UInt64
    ) {
        let clusters = Self.clusters.filter { $0 != "\n" && $0 != "\t" }
        var resized = Resized(seed: seed &+ 2000, clusters: clusters, widths: widths)
        for _ in 0..<40 {
            resized.step()
            var rest = resized.painted.terminal.lines.joined(separator: "\n")[...]
            for event in resized.events {
                guard let range = rest.firstRange(of: event) else {
                    Issue.record("lost: \(event)")
                    return
                }
                rest = rest[range.upperBound...]
            }
        }
    }

    private struct Resized {
        var random: Seeded
        var painted: Painted
        var events: [String] = []
        let clusters: [String]

        init(seed: UInt64, clusters: [String], widths: TerminalEmulator.Widths = .joined) {
            random = Seeded(state: seed)
            painted = Painted(columns: 60, rows: 20, widths: widths)
            self.clusters = clusters
        }

        /// Types, changes the size, and has an event now and then.
        mutating func step() {
            let text = ScreenRandomTests.text(&random, countMax: 30, of: clusters)
            painted.feed(painted.screen.paint(ScreenRandomTests.content(text, &random)))
            let size = TerminalSize(
                columns: Int.random(in: 24...70, using: &random),
                rows: Int.random(in: 14...24, using: &random))
            painted.terminal.resize(columns: size.columns, rows: size.rows)
            painted.feed(painted.screen.resize(to: size))
            guard Bool.random(using: &random) else { return }
            let event = "event \(events.count) " + String(repeating: "=", count: events.count) + "|"
            events.append(event)
            painted.feed(painted.screen.printAbove(event))
        }
    }
}
