/// The ids of calls as a server takes them. They are foreign to it when another provider, or an
/// earlier model, made the call.
package struct CallIDs: Sendable {
    /// How long an id may be.
    private let lengthMax: Int
    /// Each id has this very length, and no `_` or `-`.
    private let isFixed: Bool

    /// Letters, digits, `_` and `-`.
    package init(lengthMax: Int) {
        self.lengthMax = lengthMax
        isFixed = false
    }

    /// Letters and digits.
    package init(length: Int) {
        lengthMax = length
        isFixed = true
    }

    /// The id itself if the server takes it, and otherwise one that is always made of it.
    package func wire(_ id: String) -> String {
        let bytes = id.utf8
        let fits =
            isFixed
            ? bytes.count == lengthMax && bytes.allSatisfy(Self.isAlphanumeric)
            : !bytes.isEmpty && bytes.count <= lengthMax && bytes.allSatisfy(Self.isPlain)
        return fits ? id : Self.digest(id, length: min(lengthMax, Self.digestLength))
    }

    static func isPlain(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    private static let digestLength = 12
    private static let letters = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)

    /// FNV-1a: the ids of one chat are few, and nobody chooses them to collide.
    private static func digest(_ id: String, length: Int) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        var text: [UInt8] = []
        for _ in 0..<length {
            text.append(letters[Int(hash % UInt64(letters.count))])
            hash /= UInt64(letters.count)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
