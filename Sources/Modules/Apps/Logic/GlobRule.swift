import Glibc

/// One pattern of file names, and the type that it stands for.
struct GlobRule: Sendable {
    let type: String
    let pattern: String
    let weight: Int
    let isCaseSensitive: Bool
    private let shape: Shape

    private enum Shape {
        case name
        /// A star, then nothing but these letters: nearly all patterns.
        case ending(String)
        case general
    }

    init(type: String, pattern: String, weight: Int, isCaseSensitive: Bool) {
        self.type = type
        self.pattern = pattern
        self.weight = weight
        self.isCaseSensitive = isCaseSensitive
        func isPlain(_ text: Substring) -> Bool {
            !text.utf8.contains { "*?[".utf8.contains($0) }
        }
        if isPlain(pattern[...]) {
            shape = .name
        } else if pattern.utf8.first == UInt8(ascii: "*"), isPlain(pattern.dropFirst()) {
            shape = .ending(String(pattern.dropFirst()))
        } else {
            shape = .general
        }
    }

    /// The heavier wins, then the longer.
    var rank: Int { weight << 32 + pattern.utf8.count }

    /// As it fits names in lower case.
    var folded: GlobRule {
        pattern.utf8.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            ? GlobRule(
                type: type, pattern: pattern.lowercased(), weight: weight,
                isCaseSensitive: isCaseSensitive)
            : self
    }

    func matches(_ name: String) -> Bool {
        switch shape {
        case .name: name == pattern
        case .ending(let ending): name.hasSuffix(ending)
        case .general: fnmatch(pattern, name, 0) == 0
        }
    }
}
