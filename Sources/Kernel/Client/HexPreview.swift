import KernelBase

/// The first bytes of something that is not text, as they are known from `hexdump -C`.
enum HexPreview {
    private static let bytesPerRow = 16
    private static let rowsMax = 8

    static func lines(_ bytes: [UInt8]) -> [String] {
        let shown = bytes.prefix(bytesPerRow * rowsMax)
        var lines = [Amount.count(bytes.count, "byte")]
        for start in stride(from: 0, to: shown.count, by: bytesPerRow) {
            lines.append(row(shown[start..<min(start + bytesPerRow, shown.count)]))
        }
        if bytes.count > shown.count {
            lines.append("… \(Amount.count(bytes.count - shown.count, "more byte"))")
        }
        return lines
    }

    private static func row(_ bytes: ArraySlice<UInt8>) -> String {
        let digits = bytes.map { padded(String($0, radix: 16), to: 2) }.joined(separator: " ")
        let letters = bytes.map { (0x20..<0x7F).contains($0) ? Character(Unicode.Scalar($0)) : "." }
        let space = String(repeating: " ", count: bytesPerRow * 3 - 1 - digits.count)
        return "\(padded(String(bytes.startIndex, radix: 16), to: 8))  \(digits)\(space)  "
            + String(letters)
    }

    private static func padded(_ digits: String, to width: Int) -> String {
        String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}
