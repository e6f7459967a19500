/// A pattern for names: `*` and `?` stand for anything but a slash, `**` for folders too, `[a-z]`
/// for one character, `{a,b}` for either word, `\` takes the next sign as it is.
struct Glob {
    private let bytes: [Unicode.Scalar]
    private let allowsBraces: Bool
    private let ignoresCase: Bool
    private var position = 0
    private var depth = 0

    static func parse(
        _ text: String, allowsBraces: Bool = true, ignoringCase: Bool = false
    ) throws(Fault) -> Pattern {
        if text.utf8.count > 1000 { throw Fault(.limit, "The name is longer than 1000 bytes.") }
        var glob = Glob(
            bytes: Array(text.unicodeScalars), allowsBraces: allowsBraces,
            ignoresCase: ignoringCase)
        return glob.sequence(until: [])
    }

    private init(bytes: [Unicode.Scalar], allowsBraces: Bool, ignoresCase: Bool) {
        self.bytes = bytes
        self.allowsBraces = allowsBraces
        self.ignoresCase = ignoresCase
    }

    private static let notSlash = ByteSet(RawPath.slash...RawPath.slash).inverted
    private static let slash = Pattern.byte(ByteSet(RawPath.slash...RawPath.slash))

    private var rest: ArraySlice<Unicode.Scalar> { bytes[position...] }

    private mutating func sequence(until ends: [Unicode.Scalar]) -> Pattern {
        var items: [Pattern] = []
        while let next = rest.first, !ends.contains(next) {
            items.append(item(next))
        }
        return .sequence(items)
    }

    private mutating func item(_ next: Unicode.Scalar) -> Pattern {
        switch next {
        case "*": return stars()
        case "?":
            position += 1
            return .character(of: Self.notSlash)
        case "[": return bracket() ?? literal()
        case "{" where allowsBraces && depth < 10: return braces() ?? literal()
        case "\\" where rest.count > 1:
            position += 1
            return literal()
        default: return literal()
        }
    }

    private mutating func literal() -> Pattern {
        position += 1
        return .literal(bytes[position - 1], ignoringCase: ignoresCase)
    }

    private mutating func stars() -> Pattern {
        let isAtStart = position == 0 || bytes[position - 1] == "/"
        let count = rest.prefix { $0 == "*" }.count
        position += count
        let isAtEnd = rest.first == nil || rest.first == "/"
        guard count == 2, isAtStart, isAtEnd else {
            return .repeated(.character(of: Self.notSlash), least: 0, most: nil)
        }
        let anything = Pattern.repeated(.byte(ByteSet(0...255)), least: 0, most: nil)
        if rest.isEmpty { return anything }
        // "**/" is any number of folders, also none.
        position += 1
        return .repeated(.sequence([anything, Self.slash]), least: 0, most: 1)
    }

    private mutating func bracket() -> Pattern? {
        guard let close = rest.dropFirst(2).firstIndex(of: "]") else { return nil }
        var inside = Array(rest[(position + 1)..<close])
        let isInverted = inside.first == "!" || inside.first == "^"
        if isInverted { inside.removeFirst() }
        if inside.isEmpty { return nil }
        let escaped = inside.map { $0 == "\\" || $0 == "[" || $0 == "^" ? "\\\($0)" : String($0) }
        let text = "[\(isInverted ? "^" : "")\(escaped.joined())]"
        do {
            let pattern = try PatternParser.parse(text, ignoringCase: ignoresCase)
            position = close + 1
            return pattern
        } catch {
            // Not a set after all: the bracket means itself.
            return nil
        }
    }

    private mutating func braces() -> Pattern? {
        let start = position
        depth += 1
        defer { depth -= 1 }
        var choices: [Pattern] = []
        repeat {
            position += 1
            choices.append(sequence(until: [",", "}"]))
        } while rest.first == ","
        guard rest.first == "}" else {
            position = start
            return nil
        }
        position += 1
        return .either(choices)
    }
}
