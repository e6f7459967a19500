import Testing

@testable import ModuleJSON

/// Nothing that comes from outside may crash the parser, and what it accepts it must say again.
struct JSONFuzzTests {
    private static let alphabet = Array("{}[]\",:\\u0123456789eE+-.truefalsn \n\u{0}ä".utf8)

    @Test func `random bytes never crash and what is accepted is said again`() throws {
        var random = SeededRandom(seed: 1)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &random)
            try check((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
            try check((0..<count).map { _ in Self.alphabet.randomElement(using: &random)! })
        }
    }

    @Test func `mutated documents never crash and what is accepted is said again`() throws {
        var random = SeededRandom(seed: 2)
        for _ in 0..<5_000 {
            var bytes = Self.value(depth: 4, using: &random).serialized()
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: position)
                case 2: bytes.insert(Self.alphabet.randomElement(using: &random)!, at: position)
                default: bytes.removeSubrange(position...)
                }
            }
            try check(bytes)
        }
    }

    @Test func `every value is read back as it was written`() throws {
        var random = SeededRandom(seed: 3)
        for _ in 0..<3_000 {
            let value = Self.value(depth: 5, using: &random)
            #expect(try JSON(parsing: value.serialized()) == value)
            #expect(try JSON(parsing: value.pretty()) == value)
            #expect(try JSON.encode(value) == value)
            #expect(try value.decode(JSON.self) == value)
        }
    }

    private func check(_ bytes: [UInt8]) throws {
        guard let value = try? JSON(parsing: bytes) else { return }
        #expect(try JSON(parsing: value.serialized()) == value, "\(bytes)")
    }

    private static func value(depth: Int, using random: inout SeededRandom) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2:
            .integer(Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random))
        case 3: .number(Double.random(in: -1e10...1e10, using: &random))
        case 4, 5: .string(text(using: &random))
        case 6:
            .array(
                (0..<Int.random(in: 0...5, using: &random)).map { _ in
                    value(depth: depth - 1, using: &random)
                })
        default:
            .object(
                JSONObject(
                    (0..<Int.random(in: 0...20, using: &random)).map { _ in
                        (key: text(using: &random), value: value(depth: depth - 1, using: &random))
                    }))
        }
    }

    private static func text(using random: inout SeededRandom) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            let code =
                UInt32.random(in: 0...0x10FFFF, using: &random)
                >> UInt32.random(in: 0...14, using: &random)
            text.unicodeScalars.append(Unicode.Scalar(code) ?? "\\")
        }
        return text
    }
}
