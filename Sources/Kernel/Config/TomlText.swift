/// Writes values as TOML.
package enum TomlText {
    package static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    package static func key(_ key: String) -> String {
        let isBare = key.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isBare && !key.isEmpty ? key : string(key)
    }

    /// A value on one line.
    package static func value(_ node: TomlNode) -> String {
        switch node.value {
        case .string(let text): return string(text)
        case .integer(let value): return "\(value)"
        case .number(let value): return "\(value)"
        case .boolean(let value): return "\(value)"
        case .array(let elements):
            return "[" + elements.map { value($0) }.joined(separator: ", ") + "]"
        case .table(let table) where table.isEmpty: return "{}"
        case .table(let table):
            let members = table.members.map { "\(key($0.key)) = \(value($0.node))" }
            return "{ " + members.joined(separator: ", ") + " }"
        }
    }
}
