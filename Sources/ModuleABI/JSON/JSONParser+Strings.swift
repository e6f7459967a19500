extension JSONParser {
    /// Stands on the opening quote; ends behind the closing one.
    mutating func parseString() throws(JSONError) -> String {
        let opening = position
        position += 1
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let text = try text(start..<position)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                return try parseEscapedString(from: start, opening: opening)
            case let byte where byte < 0x20:
                throw controlCharacter(byte)
            default:
                position += 1
            }
        }
        throw JSONError("the text that begins here is never closed", at: opening, in: bytes)
    }

    /// Stands on the first backslash.
    private mutating func parseEscapedString(
        from start: Int, opening: Int
    ) throws(JSONError) -> String {
        var unescaped: [UInt8] = []
        var runStart = start
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                unescaped.append(contentsOf: bytes[runStart..<position])
                guard let text = String(validating: unescaped, as: UTF8.self) else {
                    throw notUnicode(at: opening)
                }
                position += 1
                return text
            case UInt8(ascii: "\\"):
                unescaped.append(contentsOf: bytes[runStart..<position])
                try parseEscape(into: &unescaped)
                runStart = position
            case let byte where byte < 0x20:
                throw controlCharacter(byte)
            default:
                position += 1
            }
        }
        throw JSONError("the text that begins here is never closed", at: opening, in: bytes)
    }

    private mutating func parseEscape(into unescaped: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        let letter = current
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(letter)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): try parseUnicodeEscape(start: start, into: &unescaped)
        default:
            position = start + 1
            throw unexpected("one of \" \\ / b f n r t u after the backslash")
        }
    }

    private mutating func parseUnicodeEscape(
        start: Int, into unescaped: inout [UInt8]
    ) throws(JSONError) {
        var code = UInt32(try parseFourHexDigits())
        if code & 0xFC00 == 0xD800, current == UInt8(ascii: "\\") {
            position += 1
            guard current == UInt8(ascii: "u") else { throw loneSurrogate(at: start) }
            position += 1
            let low = UInt32(try parseFourHexDigits())
            guard low & 0xFC00 == 0xDC00 else { throw loneSurrogate(at: start) }
            code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF)
        }
        guard let scalar = Unicode.Scalar(code) else { throw loneSurrogate(at: start) }
        unescaped.append(contentsOf: UTF8.encode(scalar)!)
    }

    private mutating func parseFourHexDigits() throws(JSONError) -> UInt16 {
        var code: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(current)).hexDigitValue, current < 0x80
            else {
                throw unexpected("four hexadecimal digits after “\\u”")
            }
            code = code << 4 | UInt16(digit)
            position += 1
        }
        return code
    }

    private func text(_ range: Range<Int>) throws(JSONError) -> String {
        let run = UnsafeBufferPointer(rebasing: bytes[range])
        guard let text = String(validating: run, as: UTF8.self) else {
            throw notUnicode(at: range.lowerBound)
        }
        return text
    }

    private func notUnicode(at start: Int) -> JSONError {
        JSONError("the text that begins here is not valid UTF-8", at: start, in: bytes)
    }

    private func controlCharacter(_ byte: UInt8) -> JSONError {
        JSONError(
            "the control character \(byte) must be written as an escape inside a text",
            at: position, in: bytes)
    }

    private func loneSurrogate(at start: Int) -> JSONError {
        JSONError("the “\\u” escape is one half of a surrogate pair", at: start, in: bytes)
    }
}
