/// Reads one JSON text (RFC 8259), strictly: no comments, no trailing commas, no repeated keys.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    var position = 0
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func parseDocument() throws(JSONError) -> JSON {
        guard bytes.count <= limits.bytes else {
            throw JSONError(
                "the text has \(bytes.count) bytes, but at most \(limits.bytes) are read", at: 0,
                in: bytes)
        }
        skipSpace()
        let value = try parseValue()
        skipSpace()
        guard position == bytes.count else { throw unexpected("the end of the text") }
        return value
    }

    /// The byte at the position, or 0 at the end: a zero byte is as wrong as the end everywhere.
    var current: UInt8 {
        position < bytes.count ? bytes[position] : 0
    }

    mutating func parseValue() throws(JSONError) -> JSON {
        switch current {
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "{"): return try parseObject()
        case UInt8(ascii: "["): return try parseArray()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t"):
            try expect("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        default: throw unexpected("a value")
        }
    }

    private mutating func parseObject() throws(JSONError) -> JSON {
        try enter()
        var object = JSONObject()
        skipSpace()
        if current == UInt8(ascii: "}") { return leave(.object(object)) }
        while true {
            guard current == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
            let start = position
            let key = try parseString()
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw unexpected("“:” after the key") }
            position += 1
            skipSpace()
            guard object.insert(key, try parseValue()) else {
                let name = JSON.string(key).text
                throw JSONError("the key \(name) appears twice in one object", at: start, in: bytes)
            }
            skipSpace()
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"): return leave(.object(object))
            default: throw unexpected("“,” or “}”")
            }
            skipSpace()
        }
    }

    private mutating func parseArray() throws(JSONError) -> JSON {
        try enter()
        var items: [JSON] = []
        skipSpace()
        if current == UInt8(ascii: "]") { return leave(.array(items)) }
        while true {
            items.append(try parseValue())
            skipSpace()
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"): return leave(.array(items))
            default: throw unexpected("“,” or “]”")
            }
            skipSpace()
        }
    }

    private mutating func enter() throws(JSONError) {
        guard depth < limits.depth else {
            throw JSONError(
                "lists and objects are nested more than \(limits.depth) deep", at: position,
                in: bytes)
        }
        depth += 1
        position += 1
    }

    private mutating func leave(_ value: JSON) -> JSON {
        depth -= 1
        position += 1
        return value
    }

    private mutating func expect(_ word: StaticString) throws(JSONError) {
        let wanted = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        let rest = UnsafeBufferPointer(rebasing: bytes[position...])
        guard rest.starts(with: wanted) else { throw unexpected("a value") }
        position += wanted.count
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    func unexpected(_ wanted: String) -> JSONError {
        JSONError("expected \(wanted), but \(found)", at: position, in: bytes)
    }

    private var found: String {
        guard position < bytes.count else { return "the text ends" }
        switch bytes[position] {
        case let byte where byte < 0x20 || byte == 0x7F:
            return "found the control character \(byte)"
        case let byte where byte < 0x80:
            return "found “\(Character(Unicode.Scalar(byte)))”"
        default:
            let rest = bytes[position..<min(position + 4, bytes.count)]
            return "found “\(String(decoding: rest, as: UTF8.self).prefix(1))”"
        }
    }
}
