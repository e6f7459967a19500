import ModuleJSON
import ModuleKit
import ModuleKitTesting
import Testing

struct ManifestTests {
    @Test func `the manifest has everything that the module says of itself`() throws {
        let manifest = try TestHost(Workshop.self).manifest
        #expect(manifest["id"] == "workshop" && manifest["version"] == "2.1.0")
        #expect(manifest["abi"] == ["major": 1, "minor": 1])
        #expect(manifest["toolchain"]?.string?.hasPrefix("Swift 6.") == true)
        #expect(manifest["configuration"] == JSON.null && manifest["state"] == JSON.null)
        let permissions: JSON = [
            "read": ["/etc"], "write": [], "network": ["localhost:80"], "dbus": [], "execute": [],
        ]
        #expect(manifest["permissions"] == permissions)
        #expect(manifest["provides"] == [["name": "storage", "version": "1.0.0"]])
        #expect(manifest["requires"] == [["name": "clock", "range": ">=1 <2", "optional": true]])
    }

    @Test func `every task has its description`() throws {
        let tasks = try #require(try TestHost(Workshop.self).manifest["tasks"])
        let bytes: JSON = [
            "name": "bytes", "about": "Turns bytes round.", "arguments": nil, "accepts": "bytes",
            "result": "bytes", "mode": "thread", "risk": "read", "timeoutSeconds": 30,
            "idempotent": true,
        ]
        #expect(tasks[0] == bytes)
        #expect(tasks[1]?["mode"] == "main" && tasks[1]?["idempotent"] == false)
        #expect(tasks[1]?["timeoutSeconds"] == 5 && tasks[1]?["result"] == "json")
        #expect(tasks[2]?["arguments"] == ["type": "object", "additionalProperties": false])
        #expect(tasks[2]?["idempotent"] == true && tasks[2]?["result"] == "text")
    }

    @Test func `configuration and state are in the manifest`() throws {
        let manifest = try TestHost(Counter.self).manifest
        #expect(manifest["state"] == ["version": 2])
        #expect(manifest["configuration"]?["properties"]?["step"]?["maximum"] == 100)
    }

    /// Every kind of property once.
    struct Everything: Arguments {
        @Argument("A text.", length: 1...20) var text: String
        @Argument("Small.", default: 7) var small: UInt8
        @Argument("Any.", default: nil, in: ...5) var few: Int?
        @Argument("Share.", default: 0.5, in: 0...1) var share: Double
        @Argument("Which.", default: .two) var which: Which
        @Argument("Names.", length: 1...) var names: [String]?
        @Argument("Anything.") var anything: JSON?
        var flag = true
        var labels: [String: Int] = ["a": 1]
        var maybe: Int?
        var single: Float = 0.1
        var nested = Nested()
        var needy = Needy()

        enum Which: String, Choice { case one, two }

        struct Nested: Arguments {
            var depth = 3
            @Argument("Which level.") var level: Level?

            enum Level: Int, Choice {
                case low = 1
                case high = 9
            }
        }

        struct Needy: Arguments {
            @Argument("Must be there.") var must: Bool
        }
    }

    struct Holder: Module {
        static let manifest = Manifest(id: "holder", version: "1.0.0", about: "")
        static let tasks: [TaskOf<Holder>] = [TaskOf("show", "", risk: .read, run: show)]
        init(_ host: Host) {}

        func show(_ given: Everything, _ call: Call) async throws -> [String] {
            [
                given.text, "\(given.small)", "\(given.few ?? -1)", "\(given.share)",
                "\(given.which)",
                "\(given.names ?? [])", "\(given.anything ?? .null)", "\(given.flag)",
                "\(given.labels)", "\(given.maybe ?? -1)", "\(given.single)",
                "\(given.nested.depth)", "\(given.nested.level?.rawValue ?? -1)",
                "\(given.needy.must)",
            ]
        }
    }

    @Test func `the schema comes from the properties`() throws {
        let expected: JSON = [
            "type": "object",
            "properties": [
                "text": [
                    "type": "string", "description": "A text.", "minLength": 1, "maxLength": 20,
                ],
                "small": [
                    "type": "integer", "minimum": 0, "maximum": 255, "description": "Small.",
                    "default": 7,
                ],
                "few": ["type": ["integer", "null"], "description": "Any.", "maximum": 5],
                "share": [
                    "type": "number", "description": "Share.", "minimum": 0.0, "maximum": 1.0,
                    "default": 0.5,
                ],
                "which": [
                    "type": "string", "enum": ["one", "two"], "description": "Which.",
                    "default": "two",
                ],
                "names": [
                    "type": ["array", "null"], "items": ["type": "string"], "description": "Names.",
                    "minItems": 1,
                ],
                "anything": ["description": "Anything."],
                "flag": ["type": "boolean", "default": true],
                "labels": [
                    "type": "object", "additionalProperties": ["type": "integer"],
                    "default": ["a": 1],
                ],
                "maybe": ["type": ["integer", "null"]],
                "single": ["type": "number", "default": 0.1],
                "nested": [
                    "type": "object",
                    "properties": [
                        "depth": ["type": "integer", "default": 3],
                        "level": [
                            "type": ["integer", "null"], "enum": [1, 9, nil],
                            "description": "Which level.",
                        ],
                    ],
                    "additionalProperties": false, "default": ["depth": 3, "level": nil],
                ],
                "needy": [
                    "type": "object",
                    "properties": ["must": ["type": "boolean", "description": "Must be there."]],
                    "required": ["must"], "additionalProperties": false,
                ],
            ],
            "required": ["text", "needy"], "additionalProperties": false,
        ]
        let schema = try #require(try TestHost(Holder.self).manifest["tasks"]?[0]?["arguments"])
        #expect(schema.pretty() == expected.pretty())
    }

    @Test func `every kind of property is decoded, with its default`() async throws {
        let host = try TestHost(Holder.self)
        let least: JSON = ["text": "t", "needy": ["must": true]]
        #expect(
            try await host.call("show", least).json == [
                "t", "7", "-1", "0.5", "two", "[]", "null", "true", "[\"a\": 1]", "-1", "0.1", "3",
                "-1", "true",
            ])
        let full: JSON = [
            "text": "x", "small": 255, "few": 5, "share": 1, "which": "one", "names": ["n"],
            "anything": [1], "flag": false, "labels": [:], "maybe": 4, "single": 2,
            "nested": ["level": 9], "needy": ["must": false],
        ]
        #expect(
            try await host.call("show", full).json == [
                "x", "255", "5", "1.0", "one", "[\"n\"]", "[1]", "false", "[:]", "4", "2.0", "3",
                "9",
                "false",
            ])
        try host.close()
    }
}
