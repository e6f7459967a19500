/// A path as the system knows it: bytes, which need not be text.
///
/// As text, a byte that is not part of UTF-8 or is a control character is written `\xNN`, and so is
/// a backslash that would otherwise look like that. Every path therefore has one spelling that can
/// be shown on a terminal, put into JSON and handed back.
struct RawPath: Hashable, Sendable, CustomStringConvertible {
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(root: RawPath, components: [[UInt8]]) {
        var bytes = root.bytes
        for component in components {
            if bytes.last != Self.slash { bytes.append(Self.slash) }
            bytes += component
        }
        self.init(bytes: bytes)
    }

    /// Reads the spelling that `description` writes.
    init(text: String) {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            if let escaped = Self.escape(at: rest) {
                bytes.append(escaped)
                rest = rest.dropFirst(4)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        self.init(bytes: bytes)
    }

    static let slash = UInt8(ascii: "/")

    var isAbsolute: Bool { bytes.first == Self.slash }

    /// The names between the slashes; "." and empty ones are left out.
    var components: [[UInt8]] {
        bytes.split(separator: Self.slash).map(Array.init).filter { $0 != [0x2E] }
    }

    var terminated: [CChar] { Door.terminated(bytes) }

    var description: String { Self.text(of: bytes[...]) }

    static func text(of name: [UInt8]) -> String { text(of: name[...]) }

    /// Text that is only shown, not handed back: what is not text or not printable is escaped.
    static func printable(_ bytes: ArraySlice<UInt8>) -> String {
        text(of: bytes, escapingEscapes: false)
    }

    private static func text(of bytes: ArraySlice<UInt8>, escapingEscapes: Bool = true) -> String {
        // Nearly every name and line is like this.
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.first {
            let length = Self.characterLength(at: rest)
            let isEscape = escapingEscapes && escape(at: rest) != nil
            let isPlain = length > 0 && byte >= 0x20 && byte != 0x7F && !isEscape
            if isPlain {
                result += rest.prefix(length)
                rest = rest.dropFirst(length)
            } else {
                result += Array("\\x".utf8) + [hexadecimal(byte >> 4), hexadecimal(byte & 15)]
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// How many bytes the character at the start takes, or 0 if they are not UTF-8 or a control
    /// character of the upper half (U+0080 to U+009F).
    static func characterLength(at bytes: ArraySlice<UInt8>) -> Int {
        guard let first = bytes.first else { return 0 }
        if first < 0x80 { return 1 }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        let piece = bytes.prefix(length)
        guard piece.count == length, String(validating: piece, as: UTF8.self) != nil else {
            return 0
        }
        let isControl = first == 0xC2 && piece[piece.startIndex + 1] < 0xA0
        return isControl ? 0 : length
    }

    private static func escape(at bytes: ArraySlice<UInt8>) -> UInt8? {
        let piece = Array(bytes.prefix(4))
        guard piece.count == 4, piece[0] == UInt8(ascii: "\\"), piece[1] == UInt8(ascii: "x"),
            let high = value(ofHexadecimal: piece[2]), let low = value(ofHexadecimal: piece[3])
        else { return nil }
        return high << 4 | low
    }

    private static func hexadecimal(_ value: UInt8) -> UInt8 {
        Array("0123456789abcdef".utf8)[Int(value)]
    }

    private static func value(ofHexadecimal digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
