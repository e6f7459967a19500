/// One entry of the history file: a line, where newlines, carriage returns and backslashes are
/// escaped, so that an entry of several lines is one line of the file.
enum HistoryLine {
    static func encode(_ entry: String) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(entry.utf8.count + 1)
        for byte in entry.utf8 {
            switch byte {
            case 0x0A: line += Array("\\n".utf8)
            case 0x0D: line += Array("\\r".utf8)
            case 0x00: line += Array("\\0".utf8)
            case UInt8(ascii: "\\"): line += Array("\\\\".utf8)
            default: line.append(byte)
            }
        }
        line.append(0x0A)
        return line
    }

    /// Nil for a damaged line: not UTF-8, an escape that does not exist, too long, a zero byte.
    static func decode(_ line: some Collection<UInt8>) -> String? {
        guard !line.isEmpty, line.count <= 2 * History.entryBytesMax else { return nil }
        var entry: [UInt8] = []
        entry.reserveCapacity(line.count)
        var isEscaped = false
        for byte in line {
            switch (isEscaped, byte) {
            case (_, 0): return nil
            case (false, UInt8(ascii: "\\")):
                isEscaped = true
                continue
            case (false, _): entry.append(byte)
            case (true, UInt8(ascii: "n")): entry.append(0x0A)
            case (true, UInt8(ascii: "r")): entry.append(0x0D)
            case (true, UInt8(ascii: "0")): entry.append(0x00)
            case (true, UInt8(ascii: "\\")): entry.append(byte)
            default: return nil
            }
            isEscaped = false
        }
        return isEscaped ? nil : String(validating: entry, as: UTF8.self)
    }

    static func decodeAll(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: 0x0A).compactMap(decode)
    }
}
