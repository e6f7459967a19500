import KernelMarkdown
import KernelTerminal
import Testing

/// What is seen of a text that is still being written.
struct UnfinishedTests {
    private func unfinished(_ text: String) -> [String] {
        var stream = MarkdownStream(Sample.look(isStyled: true))
        let settled = stream.add(text)
        return (settled + stream.unfinished).map(\.text)
    }

    private static let cases: [(text: String, lines: [String])] = [
        ("", []),
        ("Hel", ["Hel"]),
        ("some **bo", ["some bo"]),
        ("some **bold", ["some bold"]),
        ("some *", ["some"]),
        ("see [the docs](http://exam", ["see the docs"]),
        ("use `let", ["use let"]),
        ("a\n-", ["a"]),
        ("a\n--", ["a"]),
        ("#", []),
        ("1", []),
        ("12.", []),
        ("1. one **b", ["1. one b"]),
        ("- a **b\n- c", ["• a **b", "• c"]),
        ("| a | b |\n|--", []),
        ("x\n\n| a", ["x"]),
        ("| a | b |\n|---|---|\n| c", ["a │ b", "──┼──", "c │ "]),
        ("```sw", ["```sw", "```"]),
        ("```swift\nlet a", ["```swift", "let a"]),
        ("```swift\nlet a\n``", ["```swift", "let a"]),
        ("price 2 * 3", ["price 2 * 3"]),
        ("a snake_case name_", ["a snake_case name"]),
    ]

    @Test(arguments: cases)
    func `shows no halves`(text: String, lines: [String]) {
        #expect(unfinished(text) == lines)
    }

    @Test func `what was handed out is not shown again`() {
        var stream = MarkdownStream(Sample.look())
        #expect(stream.add("one\n\ntwo\n\nthree").map(\.text) == ["one"])
        #expect(stream.unfinished.map(\.text) == ["", "two", "", "three"])
        #expect(stream.add("\n").map(\.text) == ["", "two"])
        #expect(stream.unfinished.map(\.text) == ["", "three"])
        #expect(stream.finish().map(\.text) == ["", "three"])
        #expect(stream.unfinished.isEmpty)
    }

    @Test func `points of a list are done one by one, and go on counting`() {
        var stream = MarkdownStream(Sample.look())
        #expect(stream.add("3. a\n3. b\n\n3. c\n").map(\.text) == ["3. a", "4. b"])
        #expect(stream.unfinished.map(\.text) == ["", "5. c"])
        #expect(stream.add("3. d\n").map(\.text) == ["", "5. c"])
        #expect(stream.finish().map(\.text) == ["6. d"])
    }

    @Test func `lines of code are done one by one`() {
        var stream = MarkdownStream(Sample.look())
        #expect(stream.add("```c\nint a;\nint b").map(\.text) == ["```c", "int a;"])
        #expect(stream.add(";\n```\nx").map(\.text) == ["int b;", "```"])
        #expect(stream.unfinished.map(\.text) == ["", "x"])
    }
}
