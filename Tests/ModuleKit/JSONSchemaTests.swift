import Testing

@testable import ModuleJSON

struct JSONSchemaTests {
    static let schema: JSON = [
        "type": "object", "additionalProperties": false, "required": ["name"],
        "properties": [
            "name": ["type": "string", "minLength": 1, "maxLength": 5, "description": "Whom."],
            "times": ["type": "integer", "minimum": 1, "maximum": 10, "default": 1],
            "ratio": ["type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1],
            "tone": ["type": ["string", "null"], "enum": ["formal", "casual", nil]],
            "list": ["type": "array", "items": ["type": "integer"], "minItems": 1, "maxItems": 2],
            "options": [
                "type": "object", "additionalProperties": false, "default": [:],
                "properties": [
                    "deep": ["type": "boolean", "default": true], "kind": ["const": "x"],
                ],
            ],
            "labels": ["type": "object", "additionalProperties": ["type": "string"]],
        ],
    ]

    @Test(
        arguments: [
            (["name": "Ann"], []),
            (
                [
                    "name": "Ann", "times": 3.0, "tone": nil, "ratio": 0.5, "list": [1],
                    "labels": ["a": "b"],
                ], []
            ),
            ([:], ["\"name\" is missing"]),
            (
                ["nmae": "x"],
                ["\"name\" is missing", "\"nmae\" is not known; did you mean \"name\"?"]
            ),
            (["name": "x", "colour": 1], ["\"colour\" is not known"]),
            (["name": "x", "times": 99], ["\"times\" must be at most 10, but is 99"]),
            (["name": "x", "times": 0], ["\"times\" must be at least 1, but is 0"]),
            (["name": "x", "times": 1.5], ["\"times\" must be a whole number, but is 1.5"]),
            (["name": "x", "times": "3"], ["\"times\" must be a whole number, but is \"3\""]),
            (["name": "x", "ratio": 0], ["\"ratio\" must be more than 0, but is 0"]),
            (["name": "x", "ratio": 1.0], ["\"ratio\" must be less than 1, but is 1.0"]),
            (["name": ""], ["\"name\" must have at least 1 character, but has 0"]),
            (["name": "äöüßéx"], ["\"name\" must have at most 5 characters, but has 6"]),
            (
                ["name": "x", "tone": "casul"],
                [
                    "\"tone\" must be one of \"formal\", \"casual\", null, "
                        + "but is \"casul\"; did you mean \"casual\"?"
                ]
            ),
            (["name": "x", "tone": 1], ["\"tone\" must be a text or null, but is 1"]),
            (["name": "x", "list": []], ["\"list\" must have at least 1 item, but has 0"]),
            (
                ["name": "x", "list": [1, "a", nil]],
                [
                    "\"list\" must have at most 2 items, but has 3",
                    "\"list[1]\" must be a whole number, but is \"a\"",
                    "\"list[2]\" must be a whole number, but is null",
                ]
            ),
            (
                ["name": "x", "options": ["deep": 1, "dep": true]],
                [
                    "\"options.deep\" must be true or false, but is 1",
                    "\"options.dep\" is not known",
                ]
            ),
            (
                ["name": "x", "options": ["kind": "y"]],
                ["\"options.kind\" must be \"x\", but is \"y\""]
            ),
            (["name": "x", "labels": ["a": 1]], ["\"labels.a\" must be a text, but is 1"]),
            ([1], ["the value must be an object, but is a list"]),
        ] as [(JSON, [String])])
    func `every problem is a sentence that names the field`(document: JSON, sentences: [String])
        throws
    {
        let schema = try JSONSchema(Self.schema)
        #expect(schema.problems(in: document).map(\.sentence) == sentences)
    }

    @Test func `missing members are filled, also inside those that are filled`() throws {
        let schema = try JSONSchema(Self.schema)
        #expect(
            schema.fillingDefaults(in: ["name": "Ann"])
                == ["name": "Ann", "times": 1, "options": ["deep": true]])
        let full: JSON = ["name": "A", "times": 2, "options": ["deep": false]]
        #expect(schema.fillingDefaults(in: full) == full)
    }

    @Test func `defaults are filled in lists and in free members`() throws {
        let schema = try JSONSchema([
            "items": ["properties": ["a": ["default": 1]]],
            "additionalProperties": ["properties": ["b": ["default": 2]]],
        ])
        #expect(schema.fillingDefaults(in: [[:], ["a": 5], 3]) == [["a": 1], ["a": 5], 3])
        #expect(schema.fillingDefaults(in: ["x": [:]]) == ["x": ["b": 2]])
    }

    @Test func `whole numbers are compared exactly`() throws {
        let schema = try JSONSchema(["maximum": 9_007_199_254_740_992])
        #expect(schema.problems(in: 9_007_199_254_740_992).isEmpty)
        #expect(schema.problems(in: 9_007_199_254_740_993).count == 1)
    }

    @Test func `no more than twenty problems are reported`() throws {
        let schema = try JSONSchema(["items": ["type": "string"]])
        #expect(schema.problems(in: .array(Array(repeating: 1, count: 1000))).count == 20)
    }

    @Test(
        arguments: [
            (5, "the schema must be an object, but is 5"),
            (
                ["type": "text"],
                "\"type\" in the schema must be one of string, integer, number, "
                    + "boolean, array, object, null, but is \"text\""
            ),
            (
                ["properties": ["a": ["minimum": "x"]]],
                "\"properties.a.minimum\" in the schema must be a number, but is \"x\""
            ),
            (
                ["items": ["pattern": "x"]],
                "\"items.pattern\" in the schema is not supported: the code must check this itself"
            ),
            (
                ["enum": []],
                "\"enum\" in the schema must be a list with at least one value, "
                    + "but is an empty list"
            ),
            (
                ["required": [1]],
                "\"required\" in the schema must be a list of texts, but is a list"
            ),
            (
                ["minLength": -1],
                "\"minLength\" in the schema must be a whole number from 0, but is -1"
            ),
        ] as [(JSON, String)])
    func `a malformed schema is refused with its place`(json: JSON, sentence: String) {
        let error = #expect(throws: JSONSchemaError.self) { try JSONSchema(json) }
        #expect(error?.description == sentence)
    }
}
