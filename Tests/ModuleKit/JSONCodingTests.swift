import Testing

@testable import ModuleJSON

struct JSONCodingTests {
    struct Manifest: Codable, Equatable {
        var id: String
        var tasks: [Task]
        var limits: [String: Double]
        var note: String?
        var extra: JSON?

        struct Task: Codable, Equatable {
            var mode: Mode
            var small: UInt8
            var large: UInt64
            var ratio: Float
        }

        enum Mode: String, Codable { case main, thread }
    }

    static let manifest = Manifest(
        id: "fs",
        tasks: [.init(mode: .main, small: 255, large: 1 << 63, ratio: 0.1)],
        limits: ["a": 1.5], note: nil, extra: ["x": [1, nil]])
    static let json: JSON = [
        "id": "fs",
        "tasks": [
            [
                "mode": "main", "small": 255, "large": .number(9_223_372_036_854_775_808),
                "ratio": 0.1,
            ]
        ],
        "limits": ["a": 1.5], "extra": ["x": [1, nil]],
    ]

    @Test func `a type is encoded as its tree`() throws {
        #expect(try JSON.encode(Self.manifest) == Self.json)
    }

    @Test func `a tree is decoded as its type, also after a trip through text`() throws {
        #expect(try Self.json.decode(Manifest.self) == Self.manifest)
        #expect(try JSON(parsing: Self.json.text).decode(Manifest.self) == Self.manifest)
    }

    @Test(
        arguments: [
            (["id": 5], "\"id\" must be a text, but is 5"),
            (["id": "a"], "\"tasks\" is missing"),
            (["id": "a", "tasks": [["mode": "main"], 3]], "\"tasks[0].small\" is missing"),
            (["id": "a", "tasks": [3]], "\"tasks[0]\" must be an object, but is 3"),
            (["id": "a", "tasks": ["mode": "main"]], "\"tasks\" must be a list, but is an object"),
            (
                ["id": "a", "tasks": [["mode": "main", "small": 256]]],
                "\"tasks[0].small\" must be from 0 to 255, but is 256"
            ),
            (
                ["id": "a", "tasks": [["mode": "main", "small": 1.5]]],
                "\"tasks[0].small\" must be a whole number, but is 1.5"
            ),
            (
                ["id": "a", "tasks": [], "limits": ["x": nil]],
                "\"limits.x\" must be a number, but is null"
            ),
            ([1], "the value must be an object, but is a list"),
        ] as [(JSON, String)])
    func `an error names the member`(json: JSON, sentence: String) {
        let error = #expect(throws: JSONCodingError.self) { try json.decode(Manifest.self) }
        #expect(error?.description == sentence)
    }

    @Test func `an enumeration that does not fit names its member`() {
        let json: JSON = [
            "id": "a", "tasks": [["mode": "loud", "small": 1, "large": 1, "ratio": 1]],
        ]
        let error = #expect(throws: JSONCodingError.self) { try json.decode(Manifest.self) }
        #expect(error?.path.description == "tasks[0].mode")
        #expect(error?.description.contains("loud") == true)
    }

    @Test func `a number that JSON cannot say is refused with its place`() {
        struct Reading: Encodable { var values = ["cpu": [1, Double.nan]] }
        let error = #expect(throws: JSONCodingError.self) { try JSON.encode(Reading()) }
        #expect(error?.description == "\"values.cpu[1]\" is nan, which JSON cannot say")
        let second = #expect(throws: JSONCodingError.self) { try JSON.encode([UInt64.max]) }
        #expect(second?.path.description == "[0]")
    }

    /// Writes by hand into nested containers, in an order of its own.
    struct Handmade: Codable, Equatable {
        var left = 1
        var right = ["a", "b"]

        init() {}

        enum Outer: String, CodingKey { case inner, list, left }

        func encode(to encoder: any Encoder) throws {
            var outer = encoder.container(keyedBy: Outer.self)
            var list = outer.nestedUnkeyedContainer(forKey: .list)
            var inner = outer.nestedContainer(keyedBy: Outer.self, forKey: .inner)
            try list.encode(right[0])
            try inner.encode(left, forKey: .left)
            try list.encode(right[1])
            try right.encode(to: list.superEncoder())
        }

        init(from decoder: any Decoder) throws {
            let outer = try decoder.container(keyedBy: Outer.self)
            let inner = try outer.nestedContainer(keyedBy: Outer.self, forKey: .inner)
            left = try inner.decode(Int.self, forKey: .left)
            var list = try outer.nestedUnkeyedContainer(forKey: .list)
            right = [try list.decode(String.self), try list.decode(String.self)]
            right = try [String](from: list.superDecoder())
        }
    }

    @Test func `nested containers work in both directions`() throws {
        let json = try JSON.encode(Handmade())
        #expect(json.text == #"{"list":["a","b",["a","b"]],"inner":{"left":1}}"#)
        #expect(try json.decode(Handmade.self) == Handmade())
    }

    @Test func `an error inside a nested container has the whole path`() {
        let json: JSON = ["inner": ["left": "x"], "list": []]
        let error = #expect(throws: JSONCodingError.self) { try json.decode(Handmade.self) }
        #expect(error?.description == "\"inner.left\" must be a whole number, but is \"x\"")
        let short: JSON = ["inner": ["left": 1], "list": ["a"]]
        let second = #expect(throws: JSONCodingError.self) { try short.decode(Handmade.self) }
        #expect(second?.description == "\"list[1]\" is missing")
    }

    @Test func `plain values need no container`() throws {
        #expect(try JSON.encode("a") == "a")
        #expect(try JSON.encode([1, nil] as [Int?]) == [1, nil])
        #expect(try JSON.integer(5).decode(Int8?.self) == 5)
        #expect(try JSON.null.decode(Int?.self) == nil)
        #expect(try JSON.number(3).decode(Int.self) == 3)
        #expect(try JSON.array([1, 2]).decode(Set<Int>.self) == [1, 2])
    }
}
