import ModuleJSON
import ModuleKit
import ModuleKitTesting
import Testing

/// Lists of more than texts and numbers: of structures, of choices, of lists.
struct ListArgumentTests {
    struct Order: Arguments {
        @Argument("What is wanted.", length: 1...3) var lines: [Line]
        @Argument("How it may be paid.") var payments: [Payment]?
        var groups: [[String]] = []

        struct Line: Arguments {
            @Argument("Which article.") var article: String
            @Argument("How many.", default: 1, in: 1...9) var count: Int
            var notes: [Note] = []
        }

        struct Note: Arguments {
            @Argument("What it says.") var text: String
        }

        enum Payment: String, Choice { case cash, card }
    }

    struct Shop: Module {
        static let manifest = Manifest(id: "shop", version: "1.0.0", about: "")
        static let tasks: [TaskOf<Shop>] = [TaskOf("order", "", risk: .read, run: order)]
        init(_ host: Host) {}

        func order(_ order: Order, _ call: Call) async throws -> [String] {
            order.lines.map { line in
                "\(line.count) \(line.article)" + line.notes.map { " (\($0.text))" }.joined()
            } + (order.payments ?? []).map(\.rawValue) + order.groups.map { "\($0)" }
        }
    }

    @Test func `the schema of a list is that of what it holds`() throws {
        let note: JSON = [
            "type": "object",
            "properties": ["text": ["type": "string", "description": "What it says."]],
            "required": ["text"], "additionalProperties": false,
        ]
        let line: JSON = [
            "type": "object",
            "properties": [
                "article": ["type": "string", "description": "Which article."],
                "count": [
                    "type": "integer", "minimum": 1, "maximum": 9, "description": "How many.",
                    "default": 1,
                ],
                "notes": ["type": "array", "items": note, "default": []],
            ],
            "required": ["article"], "additionalProperties": false,
        ]
        let expected: JSON = [
            "lines": [
                "type": "array", "items": line, "description": "What is wanted.", "minItems": 1,
                "maxItems": 3,
            ],
            "payments": [
                "type": ["array", "null"], "items": ["type": "string", "enum": ["cash", "card"]],
                "description": "How it may be paid.",
            ],
            "groups": [
                "type": "array", "items": ["type": "array", "items": ["type": "string"]],
                "default": [],
            ],
        ]
        let schema = try #require(try TestHost(Shop.self).manifest["tasks"]?[0]?["arguments"])
        #expect(try Self.sorted(schema["properties"]) == Self.sorted(expected))
        #expect(schema["required"] == ["lines"])
    }

    /// The order of the members is nobody's business.
    private static func sorted(_ json: JSON?) throws -> String {
        func sort(_ json: JSON) -> JSON {
            switch json {
            case .object(let object):
                .object(
                    JSONObject(
                        object.map { (key: $0.key, value: sort($0.value)) }
                            .sorted { $0.key < $1.key }))
            case .array(let items): .array(items.map(sort))
            default: json
            }
        }
        return sort(try #require(json)).pretty()
    }

    @Test func `what a list holds is decoded, with its own defaults`() async throws {
        let host = try TestHost(Shop.self)
        let order: JSON = [
            "lines": [
                ["article": "tea"],
                ["article": "milk", "count": 2, "notes": [["text": "cold"], ["text": "fresh"]]],
            ],
            "payments": ["card", "cash"], "groups": [["a", "b"], []],
        ]
        let answer = try await host.call("order", order).json
        #expect(
            answer == ["1 tea", "2 milk (cold) (fresh)", "card", "cash", "[\"a\", \"b\"]", "[]"])
        try host.close()
    }

    @Test(arguments: [
        (#"{"lines": [{"article": "tea"}, {"count": 2}]}"#, "lines[1].article"),
        (#"{"lines": [{"article": "tea", "count": 10}]}"#, "lines[0].count"),
        (#"{"lines": [{"article": "tea", "notes": [{}]}]}"#, "lines[0].notes[0].text"),
        (#"{"lines": [{"article": "tea"}], "payments": ["cash", "gold"]}"#, "payments[1]"),
        (#"{"lines": [{"article": "tea"}], "groups": [["a"], ["b", 3]]}"#, "groups[1][1]"),
        (#"{"lines": []}"#, "lines"),
    ])
    func `what is wrong inside a list is named with its place`(
        arguments: String, place: String
    ) async throws {
        let host = try TestHost(Shop.self)
        let outcome = try await host.call("order", try JSON(parsing: arguments))
        #expect(outcome.status == .invalid)
        #expect(outcome.message.hasPrefix("\"\(place)\""), "\(outcome.message)")
        try host.close()
    }
}
