/// The types that a schema allows. Not an `OptionSet`: each conformance to a protocol of the
/// standard library costs every build of every module memory of its own.
struct JSONTypeSet: Sendable {
    private var bits: UInt8

    static let none = JSONTypeSet(bits: 0)
    static let null = JSONTypeSet(bits: 1)
    static let boolean = JSONTypeSet(bits: 2)
    static let integer = JSONTypeSet(bits: 4)
    static let number = JSONTypeSet(bits: 8)
    static let string = JSONTypeSet(bits: 16)
    static let array = JSONTypeSet(bits: 32)
    static let object = JSONTypeSet(bits: 64)

    mutating func insert(_ type: JSONTypeSet) { bits |= type.bits }
    func contains(_ type: JSONTypeSet) -> Bool { bits & type.bits != 0 }

    private static let vocabulary: [(name: String, type: JSONTypeSet, wording: String)] = [
        ("string", .string, "a text"), ("integer", .integer, "a whole number"),
        ("number", .number, "a number"), ("boolean", .boolean, "true or false"),
        ("array", .array, "a list"), ("object", .object, "an object"), ("null", .null, "null"),
    ]

    static let names = vocabulary.map(\.name)

    static func named(_ name: String) -> JSONTypeSet? {
        vocabulary.first { $0.name == name }?.type
    }

    func allows(_ value: JSON) -> Bool {
        switch value {
        case .null: contains(.null)
        case .bool: contains(.boolean)
        case .integer: contains(.integer) || contains(.number)
        case .number(let number):
            contains(.number) || contains(.integer) && number == number.rounded(.towardZero)
        case .string: contains(.string)
        case .array: contains(.array)
        case .object: contains(.object)
        }
    }

    /// `a text or a list`
    var wording: String {
        let words = Self.vocabulary.filter { contains($0.type) }.map(\.wording)
        guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
        return "\(words.dropLast().joined(separator: ", ")) or \(last)"
    }
}
