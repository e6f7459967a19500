/// Puts UTF-8 together from single bytes. Every maximal broken part becomes one U+FFFD, as
/// `String(decoding:as:)` does, wherever the bytes were cut.
struct UTF8Assembler {
    private var value: UInt32 = 0
    private var missing = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    enum Step {
        case scalar(Unicode.Scalar)
        case needsMore
        /// What came before was broken; the byte was not taken: offer it again.
        case brokenBefore
        case broken
    }

    var isPending: Bool { missing > 0 }

    mutating func take(_ byte: UInt8) -> Step {
        missing > 0 ? takeContinuation(byte) : takeLead(byte)
    }

    /// Forgets an unfinished scalar; true if there was one.
    mutating func flush() -> Bool {
        defer { missing = 0 }
        return missing > 0
    }

    private mutating func takeContinuation(_ byte: UInt8) -> Step {
        guard byte >= lowest, byte <= highest else {
            missing = 0
            return .brokenBefore
        }
        value = value << 6 | UInt32(byte & 0x3F)
        (lowest, highest) = (0x80, 0xBF)
        missing -= 1
        guard missing == 0 else { return .needsMore }
        return Unicode.Scalar(value).map(Step.scalar) ?? .broken
    }

    private mutating func takeLead(_ byte: UInt8) -> Step {
        switch byte {
        case 0..<0x80: return .scalar(Unicode.Scalar(byte))
        case 0xC2...0xDF: begin(byte & 0x1F, missing: 1)
        case 0xE0: begin(0, missing: 2, lowest: 0xA0)
        case 0xED: begin(0x0D, missing: 2, highest: 0x9F)
        case 0xE1...0xEF: begin(byte & 0x0F, missing: 2)
        case 0xF0: begin(0, missing: 3, lowest: 0x90)
        case 0xF1...0xF3: begin(byte & 0x07, missing: 3)
        case 0xF4: begin(4, missing: 3, highest: 0x8F)
        default: return .broken
        }
        return .needsMore
    }

    private mutating func begin(
        _ bits: UInt8, missing: Int, lowest: UInt8 = 0x80, highest: UInt8 = 0xBF
    ) {
        value = UInt32(bits)
        self.missing = missing
        self.lowest = lowest
        self.highest = highest
    }
}
