extension JSONParser {
    /// Powers of ten that a Double holds exactly.
    private static let exactPowersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    private struct Digits {
        var mantissa: UInt64 = 0
        var overflowed = false
        var count = 0

        mutating func append(_ byte: UInt8) {
            let (product, productOverflow) = mantissa.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = product.addingReportingOverflow(UInt64(byte & 0x0F))
            mantissa = sum
            overflowed = overflowed || productOverflow || sumOverflow
            count += 1
        }
    }

    mutating func parseNumber() throws(JSONError) -> JSON {
        let start = position
        let negative = current == UInt8(ascii: "-")
        if negative { position += 1 }
        var digits = Digits()
        let leading = current
        parseDigits(into: &digits)
        guard digits.count > 0 else { throw unexpected("a digit") }
        guard leading != UInt8(ascii: "0") || digits.count == 1 else {
            throw JSONError("a number must not begin with a zero", at: start, in: bytes)
        }
        let wholeCount = digits.count
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            parseDigits(into: &digits)
            guard digits.count > wholeCount else { throw unexpected("a digit after the point") }
        }
        var exponent = 0
        if current | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            exponent = try parseExponent()
        }
        if isWhole, let integer = Self.integer(digits, negative: negative) {
            return .integer(integer)
        }
        exponent -= digits.count - wholeCount
        let value = number(digits, exponent: exponent, negative: negative, text: start..<position)
        guard value.isFinite else {
            throw JSONError("the number is too large", at: start, in: bytes)
        }
        return .number(value)
    }

    private mutating func parseDigits(into digits: inout Digits) {
        while current &- UInt8(ascii: "0") < 10 {
            digits.append(current)
            position += 1
        }
    }

    private mutating func parseExponent() throws(JSONError) -> Int {
        position += 1
        let negative = current == UInt8(ascii: "-")
        if negative || current == UInt8(ascii: "+") { position += 1 }
        var exponent = 0
        let start = position
        while current &- UInt8(ascii: "0") < 10 {
            // Far beyond every Double already: only kept from overflowing.
            exponent = min(exponent * 10 + Int(current & 0x0F), 100_000)
            position += 1
        }
        guard position > start else { throw unexpected("a digit in the exponent") }
        return negative ? -exponent : exponent
    }

    /// Nil for what is no Int64: too large, or a negative zero.
    private static func integer(_ digits: Digits, negative: Bool) -> Int64? {
        guard !digits.overflowed else { return nil }
        guard negative else { return Int64(exactly: digits.mantissa) }
        switch digits.mantissa {
        case 0: return nil
        case Int64.min.magnitude: return .min
        default: return Int64(exactly: digits.mantissa).map { -$0 }
        }
    }

    private func number(
        _ digits: Digits, exponent: Int, negative: Bool, text: Range<Int>
    ) -> Double {
        // Mantissa and power are both exact here, so that one operation rounds once, correctly.
        if !digits.overflowed, digits.mantissa <= 1 << 53,
            abs(exponent) < Self.exactPowersOfTen.count
        {
            let power = Self.exactPowersOfTen[abs(exponent)]
            let mantissa = Double(digits.mantissa)
            let value = exponent < 0 ? mantissa / power : mantissa * power
            return negative ? -value : value
        }
        return Double(String(decoding: bytes[text], as: UTF8.self)) ?? .infinity
    }
}
