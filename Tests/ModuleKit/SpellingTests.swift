import Testing

@testable import ModuleJSON

struct SpellingTests {
    @Test(arguments: [
        ("nmae", "name"), ("tims", "times"), ("Times", "times"), ("tmeout", "timeout"),
        ("colour", nil), ("", nil), ("x", nil), (String(repeating: "a", count: 1000), nil),
    ])
    func `a close name is suggested, a distant one is not`(typed: String, suggestion: String?) {
        #expect(Spelling.closest(to: typed, among: ["name", "times", "timeout"]) == suggestion)
    }
}
