/// What single control bytes and whole escape sequences mean; nil for what is not known, which is
/// thereby swallowed whole.
enum KeySequence {
    static func control(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x09: .tab
        case 0x0D: .enter
        case 0x08, 0x7F: .backspace
        case 0x01...0x1A: .control(Character(Unicode.Scalar(byte + 0x60)))
        case 0x00, 0x1C...0x1F: .control(Character(Unicode.Scalar(byte + 0x40)))
        default: nil
        }
    }

    /// ESC O and a letter: cursor keys in application mode.
    static func singleShift(_ final: UInt8) -> Key? {
        switch final {
        case UInt8(ascii: "M"): .enter
        default: letter(final, modifiers: 0)
        }
    }

    /// ESC [, parameters, and a final byte.
    static func control(_ parameters: [UInt8], final: UInt8) -> Key? {
        let numbers = parameters.split(
            separator: UInt8(ascii: ";"), omittingEmptySubsequences: false
        )
        .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
        let first = numbers.first ?? 0
        let modifiers = numbers.count > 1 ? max(numbers[1] - 1, 0) : 0
        switch final {
        case UInt8(ascii: "~") where first == 27 && numbers.count > 2:
            return code(numbers[2], modifiers: modifiers)
        case UInt8(ascii: "~"): return tilde(first, modifiers: modifiers)
        case UInt8(ascii: "u"): return code(first, modifiers: modifiers)
        case UInt8(ascii: "Z"): return .shiftTab
        default: return letter(final, modifiers: modifiers)
        }
    }

    private static func jumpsWords(_ modifiers: Int) -> Bool {
        modifiers & (altBit | controlBit) != 0
    }

    private static let altBit = 2
    private static let controlBit = 4

    private static func letter(_ final: UInt8, modifiers: Int) -> Key? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): jumpsWords(modifiers) ? .wordRight : .right
        case UInt8(ascii: "D"): jumpsWords(modifiers) ? .wordLeft : .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        default: nil
        }
    }

    private static func tilde(_ number: Int, modifiers: Int) -> Key? {
        switch number {
        case 1, 7: .home
        case 4, 8: .end
        case 3: jumpsWords(modifiers) ? .controlDelete : .delete
        case 5: .pageUp
        case 6: .pageDown
        default: nil
        }
    }

    /// The character code of a key with modifiers, from terminals that report keys so (CSI u).
    private static func code(_ code: Int, modifiers: Int) -> Key? {
        switch code {
        case 13: modifiers == 0 ? .enter : .altEnter
        case 9: modifiers == 0 ? .tab : .shiftTab
        case 27: .escape
        case 127, 8: jumpsWords(modifiers) ? .altBackspace : .backspace
        case 0x61...0x7A: letterCode(UInt8(code), modifiers: modifiers)
        default: nil
        }
    }

    private static func letterCode(_ code: UInt8, modifiers: Int) -> Key? {
        let character = Character(Unicode.Scalar(code))
        if modifiers & controlBit != 0 { return .control(character) }
        return modifiers & altBit != 0 ? .alt(character) : nil
    }
}
