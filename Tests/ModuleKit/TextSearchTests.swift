import Testing

@testable import ModuleJSON

@Suite struct TextSearchTests {
    private func places(_ wanted: String, in text: String) -> [Int] {
        text.ranges(of: wanted).map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) }
    }

    @Test(arguments: [
        ("", "a", []), ("abc", "", []), ("abc", "abcd", []), ("abcabc", "bc", [1, 4]),
        ("aaaa", "aa", [0, 2]), ("aab", "ab", [1]), ("größe", "ö", [2]), ("a\r\nb", "\n", [2]),
    ])
    func `each place is found once`(text: String, wanted: String, expected: [Int]) {
        #expect(places(wanted, in: text) == expected)
        #expect(text.contains(wanted) == (!expected.isEmpty || wanted.isEmpty))
    }

    @Test func `a part of a text gives its own places`() throws {
        let text = "one://two://three"
        let part = text.dropFirst(6)
        let range = try #require(part.firstRange(of: "://"))
        #expect(part[range.upperBound...] == "three")
    }

    @Test(arguments: [
        ("abc", "b", "xyz", "axyzc"), ("abab", "ab", "", ""), ("abc", "", "x", "abc"),
        ("abc", "d", "x", "abc"), ("a\\b\"", "\\", "\\\\", "a\\\\b\""),
    ])
    func `each is replaced`(text: String, wanted: String, new: String, expected: String) {
        #expect(text.replacing(wanted, with: new) == expected)
        #expect(
            Array(text.utf8).replacing(Array(wanted.utf8), with: Array(new.utf8))
                == Array(expected.utf8))
    }
}
