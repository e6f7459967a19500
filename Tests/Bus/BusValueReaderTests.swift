import ModuleJSON
import Testing

@testable import KernelBus

@Suite struct BusValueReaderTests {
    private func read(_ signature: String, _ values: JSON...) throws -> [BusValue] {
        var call = BusCall("a.b", path: "/", interface: nil, member: "M")
        try call.take(values, signature: signature)
        return call.arguments
    }

    @Test func `numbers are read to their bounds`() throws {
        #expect(try read("y", 255) == [.byte(255)])
        #expect(try read("n", -32_768) == [.int16(.min)])
        #expect(try read("q", 65_535) == [.uint16(.max)])
        #expect(try read("i", -2_147_483_648) == [.int32(.min)])
        #expect(try read("u", 4_294_967_295) == [.uint32(.max)])
        #expect(try read("x", .integer(.min)) == [.int64(.min)])
        #expect(try read("x", "-9223372036854775808") == [.int64(.min)])
        #expect(try read("t", "18446744073709551615") == [.uint64(.max)])
        #expect(try read("t", 3) == [.uint64(3)])
        #expect(try read("d", 3) == [.double(3)])
        #expect(try read("d", "-Infinity") == [.double(-.infinity)])
        #expect(try read("i", 2.0) == [.int32(2)])
    }

    @Test func `containers are read as their types say`() throws {
        #expect(try read("ay", [0, 7]) == [.bytes([0, 7])])
        #expect(
            try read("a{sv}", ["k": ["signature": "as", "value": ["x"]]]) == [
                .dictionary(
                    key: UInt8(ascii: "s"), .variant,
                    [
                        .init(
                            key: .text(UInt8(ascii: "s"), "k"),
                            value: .variant(
                                .array(.text), .array(.text, [.text(UInt8(ascii: "s"), "x")])))
                    ])
            ])
        #expect(
            try read("a{ub}", [[1, true], [2, false]]) == [
                .dictionary(
                    key: UInt8(ascii: "u"), .basic(UInt8(ascii: "b")),
                    [
                        .init(key: .uint32(1), value: .bool(true)),
                        .init(key: .uint32(2), value: .bool(false)),
                    ])
            ])
        #expect(
            try read("(io)", [1, "/a/b_1"]) == [
                .structure(
                    [.basic(UInt8(ascii: "i")), .basic(UInt8(ascii: "o"))],
                    [.int32(1), .text(UInt8(ascii: "o"), "/a/b_1")])
            ])
    }

    struct Case: Sendable {
        let signature: String
        let value: JSON
        let place: String
    }

    private static let wrong: [Case] = [
        Case(signature: "y", value: 256, place: "arguments[0] "),
        Case(signature: "y", value: -1, place: "arguments[0] "),
        Case(signature: "u", value: "1", place: "arguments[0] "),
        Case(signature: "i", value: 1.5, place: "arguments[0] "),
        Case(signature: "t", value: -1, place: "arguments[0] "),
        Case(signature: "t", value: "18446744073709551616", place: "arguments[0] "),
        Case(signature: "d", value: "x", place: "arguments[0] "),
        Case(signature: "b", value: 1, place: "arguments[0] "),
        Case(signature: "s", value: 1, place: "arguments[0] "),
        Case(signature: "s", value: "a\0b", place: "arguments[0] "),
        Case(signature: "a{ss}", value: ["a\0": "b"], place: "arguments[0][\"a\0\"] "),
        Case(signature: "o", value: "no path", place: "arguments[0] "),
        Case(signature: "o", value: "/a/", place: "arguments[0] "),
        Case(signature: "g", value: "a{", place: "arguments[0]: "),
        Case(signature: "as", value: ["a", 1], place: "arguments[0][1] "),
        Case(signature: "ay", value: [1, 256], place: "arguments[0][1] "),
        Case(signature: "a{sas}", value: ["k": ["x", nil]], place: "arguments[0][\"k\"][1] "),
        Case(signature: "a{us}", value: ["k": "v"], place: "arguments[0] "),
        Case(signature: "(ss)", value: ["a"], place: "arguments[0] "),
        Case(signature: "v", value: "a", place: "arguments[0] "),
        Case(signature: "v", value: ["signature": "ss", "value": 1], place: "arguments[0]: "),
        Case(
            signature: "av", value: [["signature": "i", "value": "x"]],
            place: "arguments[0][0].value "),
    ]

    @Test(arguments: wrong)
    func `what does not fit is refused, and its place is named`(one: Case) {
        let failure = #expect(throws: BusFailure.self) { try read(one.signature, one.value) }
        #expect(failure?.kind == .invalid)
        #expect(failure?.description.hasPrefix(one.place) == true, "\(failure?.description ?? "")")
    }

    @Test func `a file descriptor in a variant is refused`() {
        let failure = #expect(throws: BusFailure.self) {
            try read("v", ["signature": "h", "value": 0])
        }
        #expect(failure?.kind == .unsupported)
    }

    @Test func `as many values are needed as the signature says`() {
        #expect(throws: BusFailure.self) { try read("ss", "a") }
        #expect(throws: BusFailure.self) { try read("", "a") }
    }

    @Test func `variants in variants have an end`() throws {
        var value: JSON = 1
        var signature = "i"
        for _ in 0..<60 {
            value = ["signature": .string(signature), "value": value]
            signature = "v"
        }
        #expect(try read("v", value).count == 1)
        for _ in 0..<10 { value = ["signature": "v", "value": value] }
        #expect(throws: BusFailure.self) { try read("v", value) }
    }
}
