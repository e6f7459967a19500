/// A file in the format of the Desktop Entry Specification: groups of keys with values. Of the
/// translations of a key, it keeps the one that fits best.
/// https://specifications.freedesktop.org/desktop-entry-spec/latest/basic-format.html
package struct DesktopFile: Sendable {
    private var groups: [String: [String: Value]] = [:]

    private struct Value {
        var raw: String
        /// Of its language, less is better; `Int.max` if it has none.
        var rank: Int
    }

    /// Reads what can be read; a line that is neither group, key nor comment is passed over, as all
    /// desktops do.
    package init(parsing bytes: [UInt8], locale: MessageLocale? = nil) {
        var group: String?
        for line in bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") }) {
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            if first == UInt8(ascii: "[") {
                let name = line.dropFirst().prefix { $0 != UInt8(ascii: "]") }
                group = String(decoding: name, as: UTF8.self)
            } else if let group {
                add(line, to: group, locale)
            }
        }
    }

    package func hasGroup(_ name: String) -> Bool { groups[name] != nil }

    package func keys(in group: String) -> [String] { (groups[group] ?? [:]).keys.sorted() }

    /// A value without its escapes; nil if it is not there or empty.
    package func text(_ key: String, in group: String = "Desktop Entry") -> String? {
        guard let raw = groups[group]?[key]?.raw, !raw.isEmpty else { return nil }
        return DesktopFile.elements(raw, separator: nil)[0]
    }

    package func flag(_ key: String) -> Bool {
        let text = text(key)
        return text == "true" || text == "1"
    }

    package func list(_ key: String, in group: String = "Desktop Entry") -> [String] {
        guard let raw = groups[group]?[key]?.raw else { return [] }
        return DesktopFile.elements(raw, separator: ";").filter { !$0.isEmpty }
    }

    private mutating func add(_ line: ArraySlice<UInt8>, to group: String, _ locale: MessageLocale?)
    {
        guard let separator = line.firstIndex(of: UInt8(ascii: "=")) else { return }
        var key = DesktopFile.trimmed(line[..<separator])
        var rank = Int.max
        if let bracket = key.firstIndex(of: UInt8(ascii: "[")) {
            let name = key[key.index(after: bracket)...].prefix { $0 != UInt8(ascii: "]") }
            guard let found = locale?.rank(of: String(decoding: name, as: UTF8.self)) else {
                return
            }
            rank = found
            key = key[..<bracket]
        }
        let name = String(decoding: key, as: UTF8.self)
        if let known = groups[group]?[name], known.rank < rank { return }
        let raw = String(decoding: DesktopFile.trimmed(line[(separator + 1)...]), as: UTF8.self)
        groups[group, default: [:]][name] = Value(raw: raw, rank: rank)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
        }
        let start = bytes.drop(while: isBlank)
        guard let end = start.lastIndex(where: { !isBlank($0) }) else { return start.prefix(0) }
        return start[...end]
    }

    /// Splits at a separator that is not escaped, and resolves the escapes. Never empty.
    private static func elements(_ raw: String, separator: Unicode.Scalar?) -> [String] {
        var elements = [""]
        var isEscaped = false
        for scalar in raw.unicodeScalars {
            var text = String(scalar)
            if isEscaped {
                isEscaped = false
                text = unescaped(scalar, separator)
            } else if scalar == "\\" {
                isEscaped = true
                continue
            } else if scalar == separator {
                elements.append("")
                continue
            }
            elements[elements.count - 1] += text
        }
        if isEscaped { elements[elements.count - 1] += "\\" }
        return elements
    }

    private static func unescaped(_ scalar: Unicode.Scalar, _ separator: Unicode.Scalar?) -> String
    {
        switch scalar {
        case "s": " "
        case "n": "\n"
        case "t": "\t"
        case "r": "\r"
        case "\\": "\\"
        case separator: String(scalar)
        // No escape of this format: it stays, for instance for the quoting rules of Exec.
        default: "\\" + String(scalar)
        }
    }
}
