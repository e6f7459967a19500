/// Makes visible what must not reach a terminal from outside: control characters, which move the
/// cursor, change colours and titles or answer in the user's name, and marks that reorder text.
package enum SafeText {
    /// Newlines and tabs stay; CR LF is a newline; the rest becomes `^[` or `<U+009B>`.
    package static func visible(_ text: String) -> String {
        let span = text.utf8Span.span
        var isSafe = true
        for index in span.indices where needsLook(span[index]) {
            isSafe = false
            break
        }
        if isSafe { return text }
        var result = ""
        result.reserveCapacity(text.utf8.count)
        var scalars = text.unicodeScalars.makeIterator()
        var next = scalars.next()
        while let scalar = next {
            next = scalars.next()
            if scalar == "\r" && next == "\n" { continue }
            if scalar == "\n" || scalar == "\t" {
                result.unicodeScalars.append(scalar)
            } else if let replacement = replacement(for: scalar) {
                result += replacement
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Nil for what can be shown as it is.
    static func replacement(for scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0..<0x20: "^" + String(Unicode.Scalar(UInt8(scalar.value) + 0x40))
        case 0x7F: "^?"
        case 0x80..<0xA0, 0x2028, 0x2029, 0x200E, 0x200F, 0x061C, 0x202A...0x202E,
            0x2066...0x2069, 0xFFF9...0xFFFB, 0xE0000...0xE00FF, 0xE01F0...0xE0FFF:
            // U+E0100… between the last two choose a glyph; tags can hide text from a reader.
            code(scalar)
        default: nil
        }
    }

    static func code(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "<U+" + String(repeating: "0", count: max(4 - digits.count, 0)) + digits + ">"
    }

    private static func needsLook(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != 0x0A && byte != 0x09 || byte >= 0x7F
    }
}
