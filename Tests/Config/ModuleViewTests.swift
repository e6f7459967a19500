import KernelConfig
import ModuleJSON
import Testing

struct ModuleViewTests {
    private static let schema = """
        {"type": "object", "additionalProperties": false, "required": ["key"], "properties": {
            "key": {"type": "string", "minLength": 3},
            "tone": {"enum": ["soft", "loud"]},
            "places": {"type": "array", "items": {"type": "object",
                "properties": {"name": {"type": "string"}, "size": {"type": "integer"}}}}}}
        """

    private static let secrets = SecretSource(
        variable: { ["KEY": "s3cr3t\"value", "EMPTY": ""][$0] },
        file: { path in
            switch path {
            case "/home/ann/.config/kernel/secrets/a": Array("from file\n".utf8)
            case "/home/ann/b": Array("two\n\n".utf8)
            case "/binary": [0xFF]
            case "/large": Array(repeating: 65, count: SecretSource.bytesMax + 1)
            default: nil
            }
        })

    private func view(
        _ text: String, schema: String? = nil
    ) throws -> ModuleView {
        let schema = try schema.map { try JSONSchema(JSON(parsing: $0)) }
        return try configuration(text).view(ofModule: "w", schema: schema, secrets: Self.secrets)
    }

    private func lines(_ text: String, schema: String? = Self.schema) throws -> [String] {
        let error = try #require(throws: ConfigurationProblems.self) {
            try view(text, schema: schema)
        }
        return error.list.map { String("\($0)".dropFirst(configurationPath.count + 1)) }
    }

    @Test func `a module that the file does not name gets empty objects`() throws {
        let empty = try view("")
        #expect(empty.own == [:] && empty.user == [:])
    }

    @Test func `the kernel's keys are taken out`() throws {
        let view = try view(
            "[user]\nname = \"Ann\"\n[modules.w]\nenabled = true\n"
                + "a.b = 1\n[modules.w.tasks.t]\nmode = \"main\"")
        #expect(view.own == ["a": ["b": 1]])
        #expect(view.user == ["name": "Ann"])
    }

    @Test func `references become secrets, everywhere`() throws {
        let view = try view(
            """
            [user]
            token = "env:KEY"
            [modules.w]
            a = "file:secrets/a"
            b = ["file:~/b", { c = "env:EMPTY" }]
            d = "literal:env:KEY"
            e = "literal:literal:x"
            f = "environment"
            """)
        #expect(view.user == ["token": "s3cr3t\"value"])
        #expect(
            view.own == [
                "a": "from file", "b": ["two\n", ["c": ""]], "d": "env:KEY", "e": "literal:x",
                "f": "environment",
            ])
    }

    @Test(arguments: [
        ("env:NONE", "The environment variable NONE is not set"),
        ("file:none", "/home/ann/.config/kernel/none does not exist"),
        ("file:/binary", "The file /binary is not UTF-8 text."),
        ("file:/large", "The file /large is larger than 65536 bytes."),
    ])
    func `a missing secret is named with its place`(reference: String, reason: String) throws {
        let found = try lines("[modules.w]\n\nx = [\"\(reference)\"]")
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("3:6: [modules.w] x[0]: "), "\(found)")
        #expect(found[0].contains(reason), "\(found)")
    }

    @Test(arguments: [
        ("key = 7", "2:1: [modules.w] key: This must be a text, but is 7."),
        ("tone = \"soft\"", "1:10: [modules.w] key: This is missing."),
        (
            "key = \"abc\"\ntoen = \"x\"",
            "3:1: [modules.w] toen: This is not known; did you mean \"tone\"?"
        ),
        (
            "key = \"abc\"\nplaces = [{ name = \"x\" },\n { size = \"y\" }]",
            "4:4: [modules.w] places[1].size: This must be a whole number, but is \"y\"."
        ),
    ])
    func `what the schema refuses is named with its place`(text: String, line: String) throws {
        let found = try lines("[modules.w]\n" + text)
        #expect(found == [line])
    }

    @Test(arguments: [
        "{\"properties\": {\"key\": {\"type\": \"integer\"}}}",
        "{\"properties\": {\"key\": {\"enum\": [\"a\"]}}}",
        "{\"properties\": {\"key\": {\"const\": \"a\"}}}",
    ])
    func `a message never shows a secret`(schema: String) throws {
        #expect(
            try lines("[modules.w]\nkey = \"env:KEY\"", schema: schema) == [
                "2:1: [modules.w] key: The value of env:KEY is not what the module accepts."
            ])
    }
}
