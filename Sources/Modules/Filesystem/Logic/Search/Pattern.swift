/// A regular expression over bytes, as a tree.
indirect enum Pattern: Hashable, Sendable {
    case nothing
    case byte(ByteSet)
    case sequence([Pattern])
    case either([Pattern])
    case repeated(Pattern, least: Int, most: Int?)
    case edge(Edge)

    enum Edge: Hashable, Sendable { case start, end, word, noWord }

    /// One character, whatever its bytes, out of the ASCII ones in `set` and all others.
    static func character(of set: ByteSet) -> Pattern {
        let following = Pattern.byte(ByteSet(0x80...0xBF))
        return .either([
            .byte(set.intersection(.ascii)),
            .sequence([.byte(ByteSet(0xC0...0xFF)), .repeated(following, least: 0, most: 3)]),
            // A byte that is not part of UTF-8 counts as a character of its own.
            following,
        ])
    }

    /// Exactly `text`, or with either case of each of its letters.
    static func literal(_ text: String, ignoringCase: Bool) -> Pattern {
        .sequence(text.unicodeScalars.map { literal($0, ignoringCase: ignoringCase) })
    }

    static func literal(_ scalar: Unicode.Scalar, ignoringCase: Bool) -> Pattern {
        let spellings =
            ignoringCase
            ? [
                String(scalar), scalar.properties.lowercaseMapping,
                scalar.properties.uppercaseMapping,
            ] : [String(scalar)]
        return .either(
            Set(spellings).sorted().map { text in
                .sequence(text.utf8.map { .byte(ByteSet($0...$0)) })
            })
    }
}
