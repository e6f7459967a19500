import ModuleJSON

/// Keeps as they were written what Markdown would take for something else, or swallow: formulas,
/// and the addresses that a text lists at its end, which come too late for what was shown. What in
/// them has a meaning is hidden from the parser, in characters that stand for nothing, and comes
/// back behind it. Lines come one after another, each once.
struct SourceGuard: Sendable {
    /// Within `$$` or `\[`, until the line that ends it.
    private var ending: String?
    private var isCode = false

    private static let base: UInt32 = 0xF_F000
    private static let hidden = Set("\n\\*_[]<>&#-+!~|^{}=".utf8)

    /// The line as the parser shall see it.
    mutating func hide(_ line: Substring) -> String {
        let text = Self.withoutMarks(line)
        if text.hasPrefix("```") || text.hasPrefix("~~~") {
            isCode.toggle()
            ending = nil
        }
        let isDefinition = text.first == "[" && text.contains("]:")
        guard !isCode, !text.isEmpty else {
            ending = nil
            return isDefinition ? Self.hideBracket(String(line)) : String(line)
        }
        if let end = ending {
            if text.contains(end) { ending = nil }
            return Self.masked(line) + (ending == nil ? "" : Self.lineEnd)
        }
        if let end = Self.displayEnd(text), !text.dropFirst(2).contains(end) {
            ending = end
            return Self.masked(line) + Self.lineEnd
        }
        let shown = Self.hideSpans(line)
        return isDefinition ? Self.hideBracket(shown) + Self.lineEnd : shown
    }

    /// Without what lists and quotes begin a line with.
    private static func withoutMarks(_ line: Substring) -> Substring {
        let rest = line.drop { " \t>".contains($0) }
        guard let first = rest.utf8.first else { return rest }
        let mark =
            "-*+".utf8.contains(first)
            ? 1 : rest.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 || ".)".utf8.contains($0) }.count
        guard mark > 0, rest.utf8.dropFirst(mark).first == 0x20 else { return rest }
        return withoutMarks(rest.dropFirst(mark))
    }

    private static func hideBracket(_ line: String) -> String {
        guard let place = line.utf8.firstIndex(of: UInt8(ascii: "[")) else { return line }
        return line[..<place] + masked("[") + line[line.utf8.index(after: place)...]
    }

    private static let lineEnd = masked("\n")

    static func revealed(_ text: String) -> String {
        guard text.utf8.contains(0xF3) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            let value = scalar.value &- base
            let isHidden = value < 0x80 && hidden.contains(UInt8(value))
            result.unicodeScalars.append(isHidden ? Unicode.Scalar(UInt8(value)) : scalar)
        }
        return result
    }

    // MARK: - On lines of their own

    private static func displayEnd(_ line: Substring) -> String? {
        if line.hasPrefix("$$") { return "$$" }
        return line.hasPrefix("\\[") ? "\\]" : nil
    }

    // MARK: - Within a line

    private static func hideSpans(_ line: Substring) -> String {
        let bytes = Array(line.utf8)
        guard bytes.contains(where: { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "\\") }) else {
            return String(line)
        }
        var result: [UInt8] = []
        var index = 0
        var absent: Set<String> = []
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "`") {
                let end = codeEnd(bytes, from: index)
                result += bytes[index..<end]
                index = end
            } else if let end = spanEnd(bytes, from: index, &absent) {
                result += masked(bytes[index..<end])
                index = end
            } else {
                // An escaped character begins nothing.
                let isEscape = bytes[index] == UInt8(ascii: "\\") && index + 1 < bytes.count
                let count = isEscape ? 2 : 1
                result += bytes[index..<index + count]
                index += count
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Behind the run of backquotes that closes the one here, or behind that one.
    private static func codeEnd(_ bytes: [UInt8], from start: Int) -> Int {
        let length = bytes[start...].prefix { $0 == UInt8(ascii: "`") }.count
        var index = start + length
        while index < bytes.count {
            let run = bytes[index...].prefix { $0 == UInt8(ascii: "`") }.count
            if run == length { return index + run }
            index += max(run, 1)
        }
        return start + length
    }

    /// `$x$`, where neither dollar stands beside a blank inside and no digit follows, as for
    /// prices; `\(x\)`; `$$x$$`; `\[x\]`. What was looked for in vain is not looked for again.
    private static func spanEnd(
        _ bytes: [UInt8], from start: Int, _ absent: inout Set<String>
    ) -> Int? {
        for (open, close) in [("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$")]
        where bytes[start...].starts(with: open.utf8) {
            return find(close, bytes, from: start + 2, &absent).map { $0 + 2 }
        }
        guard bytes[start] == UInt8(ascii: "$"), start + 1 < bytes.count,
            bytes[start + 1] > 0x20,
            let end = find("$", bytes, from: start + 1, &absent), bytes[end - 1] > 0x20
        else { return nil }
        let next = end + 1 < bytes.count ? bytes[end + 1] : 0
        let isDigit = next >= UInt8(ascii: "0") && next <= UInt8(ascii: "9")
        return isDigit ? nil : end + 1
    }

    private static func find(
        _ end: String, _ bytes: [UInt8], from first: Int, _ absent: inout Set<String>
    ) -> Int? {
        guard !absent.contains(end) else { return nil }
        var index = first
        while index + end.utf8.count <= bytes.count {
            if bytes[index...].starts(with: end.utf8) { return index }
            index += 1
        }
        absent.insert(end)
        return nil
    }

    private static func masked(_ line: Substring) -> String {
        String(decoding: masked(Array(line.utf8)[...]), as: UTF8.self)
    }

    private static func masked(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes {
            if hidden.contains(byte), let scalar = Unicode.Scalar(base + UInt32(byte)) {
                result += String(scalar).utf8
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
