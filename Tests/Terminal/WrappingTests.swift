import Testing

@testable import KernelTerminal

@Suite struct WrappingTests {
    private func wrapped(_ text: StyledText, _ columns: Int) -> [String] {
        text.wrapped(columnsMax: columns).text.split(
            separator: "\n", omittingEmptySubsequences: false
        ).map { String($0) }
    }

    @Test func `long lines are broken between words`() {
        #expect(wrapped("one two three four", 9) == ["one two", "three", "four"])
        #expect(wrapped("one two", 7) == ["one two"])
        #expect(wrapped("a\n\nbb cc", 3) == ["a", "", "bb", "cc"])
    }

    @Test func `what follows a break begins below its line`() {
        #expect(wrapped("  one two three", 9) == ["  one two", "  three"])
    }

    @Test func `a word that is wider than the screen stays whole`() {
        #expect(wrapped("see /a/very/long/path now", 8) == ["see", "/a/very/long/path", "now"])
    }

    @Test func `wide characters count as what they take`() {
        #expect(wrapped("日本 語日 本", 5) == ["日本", "語日", "本"])
    }

    @Test func `words keep their styles, also where they change within a word`() {
        let text = StyledText("failed: ", .error) + StyledText("fs") + StyledText(".read", .bold)
        let wrapped = text.wrapped(columnsMax: 9)
        #expect(
            wrapped
                == StyledText("failed:", .error) + StyledText("\n") + StyledText("fs")
                + StyledText(".read", .bold))
    }
}
