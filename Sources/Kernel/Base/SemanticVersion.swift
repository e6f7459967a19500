/// A version as semver.org 2.0.0 defines it, without build metadata.
package struct SemanticVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var major: UInt64
    package var minor: UInt64
    package var patch: UInt64
    /// `alpha.1` in `1.0.0-alpha.1`; empty for a release.
    package var preRelease: [String]

    package init(_ major: UInt64, _ minor: UInt64, _ patch: UInt64, preRelease: [String] = []) {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.preRelease = preRelease
    }

    /// Reads `1.2.3` or `1.2.3-rc.1+anything`.
    package init?(_ text: String) {
        let withoutBuild = text.split(
            separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        let halves = withoutBuild[0].split(
            separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = halves[0].split(separator: ".", omittingEmptySubsequences: false)
            .map { Self.number($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1],
            let patch = numbers[2]
        else { return nil }
        self.init(major, minor, patch)
        guard halves.count == 2 else { return }
        preRelease = halves[1].split(separator: ".", omittingEmptySubsequences: false).map(
            String.init)
        let isValid = preRelease.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"):
                        true
                    default: false
                    }
                }
        }
        guard isValid else { return nil }
    }

    static func number(_ text: Substring) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt64(text)
    }

    package var description: String {
        let numbers = "\(major).\(minor).\(patch)"
        return preRelease.isEmpty ? numbers : numbers + "-" + preRelease.joined(separator: ".")
    }

    package static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
        let numbers = [
            (left.major, right.major), (left.minor, right.minor), (left.patch, right.patch),
        ]
        for (one, other) in numbers where one != other { return one < other }
        return isLower(left.preRelease, right.preRelease)
    }

    /// A pre-release comes before its release; numeric parts are compared as numbers and come
    /// before words.
    private static func isLower(_ left: [String], _ right: [String]) -> Bool {
        guard !left.isEmpty else { return false }
        guard !right.isEmpty else { return true }
        for (one, other) in zip(left, right) where one != other {
            switch (number(one[...]), number(other[...])) {
            case (let one?, let other?): return one < other
            case (nil, nil): return one < other
            case (let number, nil): return number != nil
            case (nil, _): return false
            }
        }
        return left.count < right.count
    }
}

/// Which versions will do: bounds that must all hold, such as `>=1.2 <2`.
package struct VersionRange: Sendable, Hashable, CustomStringConvertible {
    package let description: String
    private let bounds: [Bound]

    private struct Bound: Hashable {
        let relation: Relation
        let version: SemanticVersion
    }

    private enum Relation: String, CaseIterable {
        // Longer ones first: `<=` begins with `<`.
        case atLeast = ">="
        case atMost = "<="
        case above = ">"
        case below = "<"
        case equal = "="
    }

    /// Reads bounds separated by spaces; missing parts of a version are zero, and a bare version
    /// means that one exactly. `*` allows every version.
    package init?(_ text: String) {
        description = text
        var bounds: [Bound] = []
        for part in text.split(separator: " ") where part != "*" {
            let relation = Relation.allCases.first { part.hasPrefix($0.rawValue) }
            let rest = part.dropFirst(relation?.rawValue.count ?? 0)
            guard let version = Self.padded(rest) else { return nil }
            bounds.append(Bound(relation: relation ?? .equal, version: version))
        }
        guard !text.allSatisfy({ $0 == " " }) else { return nil }
        self.bounds = bounds
    }

    private static func padded(_ text: Substring) -> SemanticVersion? {
        let dots = text.filter { $0 == "." }.count
        return SemanticVersion(text + String(repeating: ".0", count: max(0, 2 - dots)))
    }

    package func contains(_ version: SemanticVersion) -> Bool { fit(of: version) == .within }

    /// Where a version lies, seen from the range.
    package enum Fit: Sendable, Hashable {
        case within
        case tooOld
        case tooNew
    }

    /// What a pre-release leads to counts as reached by it at an upper bound: `<2` keeps
    /// `2.0.0-rc.1` out, which may lack what 2.0.0 will lack.
    package func fit(of version: SemanticVersion) -> Fit {
        for bound in bounds {
            switch bound.relation {
            case .atLeast where version < bound.version: return .tooOld
            case .above where version <= bound.version: return .tooOld
            case .equal where version < bound.version: return .tooOld
            case .equal where version > bound.version: return .tooNew
            case .atMost where version > bound.version: return .tooNew
            case .below where version >= bound.version || version.leads(to: bound.version):
                return .tooNew
            default: continue
            }
        }
        return .within
    }
}

extension SemanticVersion {
    /// Is this a pre-release of that release?
    fileprivate func leads(to release: SemanticVersion) -> Bool {
        release.preRelease.isEmpty && !preRelease.isEmpty
            && (major, minor, patch) == (release.major, release.minor, release.patch)
    }
}
