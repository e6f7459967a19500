import KernelBase
import Testing

@Suite struct SemanticVersionTests {
    @Test(arguments: [
        "0.0.0", "1.2.3", "10.20.30", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-0.3.7",
        "1.0.0-x-y-z.4", "18446744073709551615.0.0",
    ])
    func `a version is read and written the same`(text: String) {
        #expect(SemanticVersion(text)?.description == text)
    }

    @Test func `build metadata is left out`() {
        #expect(SemanticVersion("1.2.3-rc.1+build.5")?.description == "1.2.3-rc.1")
        #expect(SemanticVersion("1.2.3+a-b") == SemanticVersion(1, 2, 3))
    }

    @Test(arguments: [
        "", "1", "1.2", "1.2.3.4", "1.2.x", "v1.2.3", "1.2.3-", "1.2.3-a..b", "1.2.3-ä", "-1.2.3",
        "+1.2.3", "1. 2.3", "1..3", "18446744073709551616.0.0", "1.2.3-a_b",
    ])
    func `what is not a version is refused`(text: String) {
        #expect(SemanticVersion(text) == nil)
    }

    /// The order that semver.org gives as its example, with numbers beside it.
    private static let ordered = [
        "0.9.9", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
        "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0",
        "1.10.0", "2.0.0",
    ]

    @Test func `every pair of versions is ordered`() throws {
        let versions = try Self.ordered.map { try #require(SemanticVersion($0)) }
        for (low, one) in versions.enumerated() {
            for (high, other) in versions.enumerated() {
                #expect((one < other) == (low < high), "\(one) < \(other)")
                #expect((one == other) == (low == high), "\(one) == \(other)")
            }
        }
    }
}

@Suite struct VersionRangeTests {
    struct Case: Sendable {
        let range: String
        let inside: [String]
        let outside: [String]
    }

    private static let cases = [
        Case(range: "*", inside: ["0.0.1", "9.9.9"], outside: []),
        Case(
            range: ">=1.2 <2", inside: ["1.2.0", "1.99.0", "1.2.1-rc.1"],
            outside: ["1.1.9", "2.0.0", "1.2.0-rc.1", "2.0.0-rc.1"]),
        Case(range: "1.2.3", inside: ["1.2.3"], outside: ["1.2.4", "1.2.3-rc.1"]),
        Case(range: "=1", inside: ["1.0.0"], outside: ["1.0.1"]),
        Case(range: ">1", inside: ["1.0.1"], outside: ["1.0.0"]),
        Case(range: "<=1.5", inside: ["1.5.0", "0.1.0"], outside: ["1.5.1"]),
        Case(range: "<2.0.0-rc.2", inside: ["2.0.0-rc.1"], outside: ["2.0.0-rc.2", "2.0.0"]),
        Case(range: "  >=1   <3 ", inside: ["2.0.0"], outside: ["3.0.0"]),
    ]

    @Test(arguments: cases)
    func `a range holds what its bounds say`(one: Case) throws {
        let range = try #require(VersionRange(one.range))
        for text in one.inside {
            #expect(range.contains(try #require(SemanticVersion(text))), "\(text)")
        }
        for text in one.outside {
            #expect(!range.contains(try #require(SemanticVersion(text))), "\(text)")
        }
    }

    @Test(arguments: [
        (">=1.2 <2", "1.1.0", VersionRange.Fit.tooOld), (">=1.2 <2", "1.2.0", .within),
        (">=1.2 <2", "2.0.0", .tooNew), (">=1.2 <2", "2.0.0-rc.1", .tooNew),
        ("=1.2", "1.1.9", .tooOld), ("=1.2", "1.2.1", .tooNew), (">1", "1.0.0", .tooOld),
        ("<=1", "1.0.1", .tooNew), ("*", "0.0.0-a", .within),
    ])
    func `a version outside is too old or too new`(
        range: String, version: String, fit: VersionRange.Fit
    ) throws {
        let version = try #require(SemanticVersion(version))
        #expect(VersionRange(range)?.fit(of: version) == fit)
    }

    @Test(arguments: ["", " ", ">=", "^1.2", "~1", ">= 1", "1.2.3.4", "a", ">>1", "=>1", "1,2"])
    func `what is not a range is refused`(text: String) {
        #expect(VersionRange(text) == nil)
    }
}
