/// One complete type of a D-Bus signature.
/// https://dbus.freedesktop.org/doc/dbus-specification.html#type-system
package indirect enum BusType: Sendable, Hashable {
    /// `y`, `b`, `n`, `q`, `i`, `u`, `x`, `t`, `d`, `s`, `o`, `g`
    case basic(UInt8)
    case array(BusType)
    case dictionary(key: UInt8, value: BusType)
    case structure([BusType])
    case variant

    /// Arrays, and structures, inside each other: what the bus allows.
    fileprivate static let depthMax = 32
    fileprivate static let bytesMax = 255

    /// The types that a signature lists.
    package static func parse(_ signature: String) throws(BusFailure) -> [BusType] {
        var parser = BusTypeParser(signature)
        return try parser.all()
    }

    package var signature: String {
        switch self {
        case .basic(let code): String(UnicodeScalar(code))
        case .array(let element): "a" + element.signature
        case .dictionary(let key, let value): "a{\(UnicodeScalar(key))\(value.signature)}"
        case .structure(let fields): "(" + fields.map(\.signature).joined() + ")"
        case .variant: "v"
        }
    }

    static let text = BusType.basic(UInt8(ascii: "s"))
}

private struct BusTypeParser {
    private let signature: String
    private let codes: [UInt8]
    private var position = 0
    private var arrays = 0
    private var structures = 0

    private static let basics = Set("ybnqiuxtdsog".utf8)

    init(_ signature: String) {
        self.signature = signature
        codes = Array(signature.utf8)
    }

    mutating func all() throws(BusFailure) -> [BusType] {
        guard codes.count <= BusType.bytesMax else {
            throw BusFailure(.invalid, "a signature has at most \(BusType.bytesMax) characters")
        }
        var types: [BusType] = []
        while position < codes.count { types.append(try one()) }
        return types
    }

    private var current: UInt8? { position < codes.count ? codes[position] : nil }

    private mutating func one() throws(BusFailure) -> BusType {
        guard let code = current else { throw problem("it ends where a type is missing") }
        position += 1
        switch code {
        case UInt8(ascii: "a"): return try array()
        case UInt8(ascii: "("): return try structure()
        case UInt8(ascii: "v"): return .variant
        case UInt8(ascii: "h"):
            throw BusFailure(
                .unsupported,
                "the signature \"\(signature)\" has a file descriptor (h), which cannot be passed")
        case _ where Self.basics.contains(code): return .basic(code)
        default: throw problem("\"\(UnicodeScalar(code))\" stands for no type there")
        }
    }

    private mutating func array() throws(BusFailure) -> BusType {
        arrays += 1
        defer { arrays -= 1 }
        guard arrays <= BusType.depthMax else { throw problem("its arrays are too deep") }
        guard current == UInt8(ascii: "{") else { return .array(try one()) }
        position += 1
        guard case .basic(let key) = try one() else {
            throw problem("the key of a dictionary is no basic type")
        }
        let value = try one()
        guard current == UInt8(ascii: "}") else { throw problem("a \"}\" is missing") }
        position += 1
        return .dictionary(key: key, value: value)
    }

    private mutating func structure() throws(BusFailure) -> BusType {
        structures += 1
        defer { structures -= 1 }
        guard structures <= BusType.depthMax else { throw problem("its structures are too deep") }
        var fields: [BusType] = []
        while current != UInt8(ascii: ")") { fields.append(try one()) }
        position += 1
        guard !fields.isEmpty else { throw problem("a structure is empty") }
        return .structure(fields)
    }

    private func problem(_ what: String) -> BusFailure {
        BusFailure(.invalid, "\"\(signature)\" is no signature of D-Bus: \(what)")
    }
}
