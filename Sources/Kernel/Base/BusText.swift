/// What names on a D-Bus look like. None of them can hold anything that means more than itself in a
/// rule of the bus.
/// https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-names
package enum BusText {
    private static let bytesMax = 255

    /// `org.example.Name`: a name that somebody asks the bus for.
    package static func isName(_ text: some StringProtocol) -> Bool {
        let parts = parts(text)
        return parts.count >= 2 && isShort(text)
            && parts.allSatisfy { isElement($0, allowsHyphen: true) }
    }

    /// `:1.42`: what the bus calls a connection, once and for nobody else.
    package static func isUniqueName(_ text: some StringProtocol) -> Bool {
        let rest = text.dropFirst()
        return text.hasPrefix(":") && isShort(text) && parts(rest).count >= 2
            && parts(rest).allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { isLetter($0, true) } }
    }

    package static func isInterface(_ text: some StringProtocol) -> Bool {
        let parts = parts(text)
        return parts.count >= 2 && isShort(text)
            && parts.allSatisfy { isElement($0, allowsHyphen: false) }
    }

    package static func isMember(_ text: some StringProtocol) -> Bool {
        isShort(text) && isElement(text, allowsHyphen: false)
    }

    /// `/org/example/Object`
    package static func isPath(_ text: some StringProtocol) -> Bool {
        guard text != "/" else { return true }
        return text.hasPrefix("/")
            && text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0.utf8.allSatisfy { isLetter($0, false) }
            }
    }

    private static func parts<Text: StringProtocol>(_ text: Text) -> [Text.SubSequence] {
        text.split(separator: ".", omittingEmptySubsequences: false)
    }

    private static func isShort(_ text: some StringProtocol) -> Bool {
        text.utf8.count <= bytesMax
    }

    private static func isElement(_ text: some StringProtocol, allowsHyphen: Bool) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0, allowsHyphen) }
    }

    private static func isLetter(_ byte: UInt8, _ allowsHyphen: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        case UInt8(ascii: "-"): allowsHyphen
        default: false
        }
    }
}
