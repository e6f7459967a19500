/// The types that a schema allows.
struct JSONTypeSet: OptionSet {
    let rawValue: UInt8

    static let null = JSONTypeSet(rawValue: 1)
    static let boolean = JSONTypeSet(rawValue: 2)
    static let integer = JSONTypeSet(rawValue: 4)
    static let number = JSONTypeSet(rawValue: 8)
    static let string = JSONTypeSet(rawValue: 16)
    static let array = JSONTypeSet(rawValue: 32)
    static let object = JSONTypeSet(rawValue: 64)

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
        case .integer: !isDisjoint(with: [.integer, .number])
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
