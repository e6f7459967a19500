import GeminiLogic
import ModuleChat
import ModuleJSON
import ProviderTesting
import Testing

/// JSON Schema in the dialect that Google takes.
struct SchemaTests {
    private static func adapted(_ schema: JSONObject) throws -> JSON? {
        let body = try Samples.body(
            Samples.order { order in
                order.tools = [
                    ChatTool(
                        name: "t", about: "",
                        schema: ["type": "object", "properties": ["x": .object(schema)]])
                ]
                if let definitions = schema["$defs"] {
                    order.tools[0].schema["$defs"] = definitions
                }
            })
        return body["tools"]?[0]?["functionDeclarations"]?[0]?["parameters"]?["properties"]?["x"]
    }

    @Test(
        arguments: [
            (["type": "string", "minLength": 1], ["type": "STRING", "minLength": 1]),
            (["type": ["string", "null"]], ["type": "STRING", "nullable": true]),
            (
                ["type": ["string", "integer"], "description": "d"],
                [
                    "anyOf": [
                        ["type": "STRING", "description": "d"],
                        ["type": "INTEGER", "description": "d"],
                    ]
                ]
            ),
            (
                ["anyOf": [["type": "integer"], ["type": "null"]], "description": "d"],
                ["type": "INTEGER", "nullable": true, "description": "d"]
            ),
            (["const": "a"], ["type": "STRING", "enum": ["a"]]),
            (["const": 3], ["type": "INTEGER", "description": "One of: 3."]),
            (
                ["enum": [1, 2], "description": "How many."],
                ["type": "INTEGER", "description": "How many. One of: 1, 2."]
            ),
            (
                ["type": "string", "enum": ["a", nil]],
                ["type": "STRING", "enum": ["a"], "nullable": true]
            ),
            (["type": "string", "format": "uri"], ["type": "STRING"]),
            (
                ["type": "string", "format": "date-time"],
                ["type": "STRING", "format": "date-time"]
            ),
            (
                ["type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10],
                ["type": "INTEGER", "minimum": 1, "maximum": 9]
            ),
            (["type": "number", "exclusiveMinimum": 0.5], ["type": "NUMBER", "minimum": 0.5]),
            (["type": "array"], ["type": "ARRAY", "items": ["type": "STRING"]]),
            (
                [
                    "type": "array", "items": ["type": "boolean"], "uniqueItems": true,
                    "maxItems": 2,
                ],
                ["type": "ARRAY", "items": ["type": "BOOLEAN"], "maxItems": 2]
            ),
            (
                [
                    "type": "object", "additionalProperties": false, "$schema": "s",
                    "properties": ["a": ["type": "string"]], "required": ["a", "b"],
                ],
                ["type": "OBJECT", "properties": ["a": ["type": "STRING"]], "required": ["a"]]
            ),
            (["type": "object", "additionalProperties": ["type": "string"]], ["type": "OBJECT"]),
            (
                [
                    "allOf": [
                        ["properties": ["a": ["type": "string"]], "required": ["a"]],
                        ["properties": ["b": ["type": "string"]], "required": ["b"]],
                    ]
                ],
                [
                    "type": "OBJECT",
                    "properties": ["a": ["type": "STRING"], "b": ["type": "STRING"]],
                    "required": ["a", "b"],
                ]
            ),
            (
                [
                    "type": "object", "properties": ["a": ["type": "string"]],
                    "oneOf": [["required": ["a"]], ["properties": ["b": ["type": "string"]]]],
                ],
                [
                    "anyOf": [
                        [
                            "type": "OBJECT", "properties": ["a": ["type": "STRING"]],
                            "required": ["a"],
                        ],
                        [
                            "type": "OBJECT",
                            "properties": ["b": ["type": "STRING"], "a": ["type": "STRING"]],
                        ],
                    ]
                ]
            ),
            (
                [
                    "$ref": "#/$defs/Node", "description": "d",
                    "$defs": ["Node": ["properties": ["next": ["$ref": "#/$defs/Node"]]]],
                ],
                ["type": "OBJECT", "properties": ["next": ["type": "OBJECT"]], "description": "d"]
            ),
            (["$ref": "#/$defs/Missing"], ["type": "OBJECT"]),
        ] as [(JSONObject, JSON)])
    func `what Google does not take is said otherwise, or left out`(
        schema: JSONObject, expected: JSON
    ) throws {
        #expect(try Self.adapted(schema) == expected)
    }

    @Test func `a tool without arguments has no parameters`() throws {
        let body = try Samples.body(
            Samples.order {
                $0.tools = [
                    ChatTool(name: "t", about: "", schema: ["type": "object", "properties": [:]])
                ]
            })
        let declaration = body["tools"]?[0]?["functionDeclarations"]?[0]
        #expect(declaration?["name"] == "t" && declaration?["parameters"] == nil)
    }

    @Test func `a few references that mean a forest stay small`() throws {
        var definitions: JSONObject = [:]
        for depth in 0..<40 {
            let next: JSON = ["$ref": .string("#/$defs/D\(depth + 1)")]
            definitions["D\(depth)"] = ["properties": ["a": next, "b": next]]
        }
        let schema: JSONObject = ["$ref": "#/$defs/D0", "$defs": .object(definitions)]
        let text = try #require(try Self.adapted(schema)).text
        #expect(text.utf8.count < 1 << 20)
    }
}
