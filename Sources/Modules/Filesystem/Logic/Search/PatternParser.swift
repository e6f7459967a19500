/// Reads a regular expression: `.` `[a-z]` `[^…]` `\d \w \s \b` (and `\D \W \S \B`) `( )` `(?: )`
/// `|` `* + ?` `{2,5}` `^ $`. Nothing that would need to look back, so that every match takes a
/// time that is linear in the text.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private let ignoresCase: Bool
    private var position = 0
    private var depth = 0

    static func parse(_ text: String, ignoringCase: Bool) throws(Fault) -> Pattern {
        if text.utf8.count > 1000 {
            throw Fault(.limit, "The pattern is longer than 1000 bytes.")
        }
        var parser = PatternParser(scalars: Array(text.unicodeScalars), ignoresCase: ignoringCase)
        let pattern = try parser.either()
        if parser.position < parser.scalars.count { throw parser.fault("has a \")\" too many") }
        return pattern
    }

    private init(scalars: [Unicode.Scalar], ignoresCase: Bool) {
        self.scalars = scalars
        self.ignoresCase = ignoresCase
    }

    private var current: Unicode.Scalar? {
        position < scalars.count ? scalars[position] : nil
    }

    private mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
        guard current == scalar else { return false }
        position += 1
        return true
    }

    private func fault(_ problem: String) -> Fault {
        Fault(
            .invalid,
            "The pattern \(problem), at character \(position + 1). To search for the signs "
                + "themselves, write \\ before each, or use text instead of pattern.")
    }

    private mutating func either() throws(Fault) -> Pattern {
        var choices = [try sequence()]
        while accept("|") { choices.append(try sequence()) }
        return choices.count == 1 ? choices[0] : .either(choices)
    }

    private mutating func sequence() throws(Fault) -> Pattern {
        var items: [Pattern] = []
        while let next = current, next != "|", next != ")" {
            items.append(try quantified(try single()))
        }
        return items.isEmpty ? .nothing : .sequence(items)
    }

    private mutating func quantified(_ item: Pattern) throws(Fault) -> Pattern {
        var result = item
        while let next = current {
            switch next {
            case "*": result = .repeated(result, least: 0, most: nil)
            case "+": result = .repeated(result, least: 1, most: nil)
            case "?": result = .repeated(result, least: 0, most: 1)
            case "{":
                guard let (least, most) = try counts() else { return result }
                result = .repeated(result, least: least, most: most)
                continue
            default: return result
            }
            position += 1
            // "*?" finds the same lines as "*".
            _ = accept("?")
        }
        return result
    }

    /// "{2}", "{2,}" or "{2,5}"; nil if the brace means itself.
    private mutating func counts() throws(Fault) -> (Int, Int?)? {
        guard let close = scalars[position...].firstIndex(of: "}") else { return nil }
        let inside = String(String.UnicodeScalarView(scalars[position + 1..<close]))
        let parts = inside.split(separator: ",", omittingEmptySubsequences: false)
        guard let least = parts.first.flatMap({ Int($0) }), parts.count <= 2 else { return nil }
        let most = parts.count == 1 ? least : parts[1].isEmpty ? nil : Int(parts[1])
        if parts.count == 2 && most == nil && !parts[1].isEmpty { return nil }
        if least < 0 || least > 1000 || most.map({ $0 < least || $0 > 1000 }) ?? false {
            throw fault("has the count {\(inside)}; from 0 to 1000 is possible")
        }
        position = close + 1
        return (least, most)
    }

    private mutating func single() throws(Fault) -> Pattern {
        let scalar = scalars[position]
        switch scalar {
        case "(": return try group()
        case "[": return try bracket()
        case "\\": return try escape()
        case "*", "+", "?": throw fault("repeats nothing with \"\(scalar)\"")
        default: break
        }
        position += 1
        switch scalar {
        case ".": return .character(of: .ascii)
        case "^": return .edge(.start)
        case "$": return .edge(.end)
        default: return .literal(scalar, ignoringCase: ignoresCase)
        }
    }

    private mutating func group() throws(Fault) -> Pattern {
        position += 1
        if accept("?") && !accept(":") { throw fault("uses a group that is not supported") }
        depth += 1
        if depth > 50 { throw fault("is nested too deeply") }
        let inside = try either()
        depth -= 1
        if !accept(")") { throw fault("has a \"(\" without its \")\"") }
        return inside
    }

    private mutating func escape() throws(Fault) -> Pattern {
        position += 1
        guard let scalar = current else { throw fault("ends with a single \\") }
        if scalar == "b" || scalar == "B" {
            position += 1
            return .edge(scalar == "b" ? .word : .noWord)
        }
        if let (set, isInverted) = Self.classes[scalar] {
            position += 1
            return isInverted ? .character(of: set.inverted) : .byte(set)
        }
        return .literal(try escapedScalar(), ignoringCase: ignoresCase)
    }

    private static let classes: [Unicode.Scalar: (ByteSet, Bool)] = [
        "d": (.digits, false), "D": (.digits, true), "w": (.word, false), "W": (.word, true),
        "s": (.space, false), "S": (.space, true),
    ]

    /// The character after a backslash, where it stands for one.
    private mutating func escapedScalar() throws(Fault) -> Unicode.Scalar {
        guard let scalar = current else { throw fault("ends with a single \\") }
        position += 1
        switch scalar {
        case "t": return "\t"
        case "r": return "\r"
        case "n":
            throw fault("contains \\n, but each line is searched for itself")
        case "a"..."z", "A"..."Z", "0"..."9":
            position -= 1
            throw fault("uses \\\(scalar), which is not supported")
        default: return scalar
        }
    }

    private mutating func bracket() throws(Fault) -> Pattern {
        position += 1
        let isInverted = accept("^")
        var set = ByteSet()
        var others: [Pattern] = []
        var isFirst = true
        while isFirst || current != "]" {
            guard let scalar = current else { throw fault("has a \"[\" without its \"]\"") }
            isFirst = false
            if scalar == "\\", position + 1 < scalars.count,
                let (known, inverted) = Self.classes[scalars[position + 1]]
            {
                position += 2
                set = set.union(inverted ? known.inverted.intersection(.ascii) : known)
                continue
            }
            try member(&set, &others)
        }
        position += 1
        if ignoresCase { set = set.withBothCases }
        if !isInverted { return others.isEmpty ? .byte(set) : .either([.byte(set)] + others) }
        if !others.isEmpty { throw fault("excludes a character that is not ASCII") }
        return .character(of: set.inverted)
    }

    private mutating func member(_ set: inout ByteSet, _ others: inout [Pattern]) throws(Fault) {
        let low = try memberScalar()
        var high = low
        if current == "-", position + 1 < scalars.count, scalars[position + 1] != "]" {
            position += 1
            high = try memberScalar()
        }
        guard low.value <= high.value, high.value - low.value <= 0x200 else {
            throw fault("has a range from \(low) to \(high)")
        }
        for value in low.value...high.value {
            guard let scalar = Unicode.Scalar(value) else { continue }
            if value < 0x80 {
                set.insert(UInt8(value))
            } else {
                others.append(.literal(scalar, ignoringCase: ignoresCase))
            }
        }
    }

    private mutating func memberScalar() throws(Fault) -> Unicode.Scalar {
        guard let scalar = current else { throw fault("has a \"[\" without its \"]\"") }
        position += 1
        return scalar == "\\" ? try escapedScalar() : scalar
    }
}
