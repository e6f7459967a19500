/// Base64 of RFC 4648, for bytes in a JSON message.
package enum Base64 {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var number = 0
            for offset in 0..<3 {
                number = number << 8 | (offset < group.count ? Int(bytes[start + offset]) : 0)
            }
            for position in 0..<4 {
                let isPadding = position > group.count
                let digit = digits[number >> (18 - 6 * position) & 63]
                text.append(isPadding ? UInt8(ascii: "=") : digit)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
