import KernelMarkdown
import KernelSystem
import KernelTerminal

/// What an answer costs on its way to a terminal.
enum ScreenBenchmarks {
    static let all = [
        Benchmark(
            name: "repl-token",
            about: "one streamed token, from the client to the bytes of a frame",
            run: token)
    ]

    private static let paragraph = """
        ## A heading

        Some **bold** text with `code`, a [link](https://example.org/page) and more words, so that
        a paragraph has the length that models give theirs, in lines of eighty columns or so.

        - a point with *emphasis* in it
        - another one, which goes on for longer than a line has room for, as points of lists do

        | Name | Meaning |
        |------|---------|
        | one | the first of them |
        | two | the second, which is longer |

        ```swift
        func add(_ left: Int, _ right: Int) -> Int { left + right }
        ```

        """

    @Sendable private static func token(_ house: BenchHouse) throws -> [Measurement] {
        let answer = String(repeating: paragraph, count: 40)
        let long = String(repeating: "one paragraph that has no end, ", count: 500)
        return [
            measured(
                "repl-token", "a token of an answer of 30 KB, laid out and painted", answer),
            measured(
                "repl-token-long", "the same within a single paragraph of 15 KB", long),
        ]
    }

    private static func measured(_ name: String, _ what: String, _ text: String) -> Measurement {
        let look = MarkdownLook(columns: 80, isStyled: true, opensLinks: true)
        var stream = MarkdownStream(look)
        var screen = Screen(
            size: TerminalSize(columns: 80, rows: 24), isStyled: true, reflows: true)
        var samples: [Double] = []
        var rest = text.unicodeScalars[...]
        while !rest.isEmpty {
            // As long as tokens are.
            let piece = String(rest.prefix(4))
            rest = rest.dropFirst(4)
            let time = Stopwatch.once(in: .microseconds) {
                let lines = stream.add(piece)
                if !lines.isEmpty {
                    _ = screen.printAbove(
                        lines.map { $0.rendered(isStyled: true) }.joined(separator: "\n"))
                }
                var prompt: StyledText = ""
                for line in stream.unfinished { prompt += line + "\n" }
                _ = screen.paint(ScreenContent(prompt: prompt + "> "))
            }
            samples.append(time)
        }
        return Measurement(name, what, "µs", Spread(samples))
    }
}
