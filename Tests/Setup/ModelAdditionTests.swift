import ModuleJSON
import Testing

@testable import KernelSetup

struct ModelAdditionTests {
    private static let addition = ModelAddition(
        tables: [
            .init(
                path: ["models", "small"],
                values: [.init("file", "/m \"x\".gguf"), .init("context_tokens", 8_192)])
        ], model: "small")

    private static let table = """
        [models.small]
        file = "/m \\"x\\".gguf"
        context_tokens = 8192
        """

    struct Case: Sendable, CustomTestStringConvertible {
        let about: String
        let old: String
        let new: String
        var testDescription: String { about }
    }

    static let cases = [
        Case(
            about: "nothing", old: "",
            new: "# why\n\(table)\n\n[chat]\nmodel = \"small\"\n"),
        Case(
            about: "comments and no end of line",
            old: "# mine\n[log] # mine too\nlevel = \"info\"",
            new: "# mine\n[log] # mine too\nlevel = \"info\"\n\n# why\n\(table)\n\n[chat]\n"
                + "model = \"small\"\n"),
        Case(
            about: "a table [chat]", old: "[chat] # here\n# who else\nfallback = []\n",
            new: "[chat] # here\nmodel = \"small\"\n# who else\nfallback = []\n\n"
                + "# why\n\(table)\n"),
        Case(
            about: "the model's table", old: "[models.small]\nfile = \"/own.gguf\"\n",
            new: "[models.small]\nfile = \"/own.gguf\"\n\n# why\n[chat]\nmodel = \"small\"\n"),
    ]

    @Test(arguments: cases)
    func `only what is missing is added`(_ example: Case) throws {
        #expect(try Self.addition.added(to: example.old, comment: "why") == example.new)
    }

    @Test func `an empty table and a list are written too`() throws {
        let addition = ModelAddition(
            tables: [
                .init(path: ["providers", "ollama"]),
                .init(path: ["providers", "x"], values: [.init("keys", ["file:keys/x"])]),
            ], model: "ollama/a")
        #expect(
            try addition.added(to: "", comment: "why").contains(
                "[providers.ollama]\n\n[providers.x]\nkeys = [\"file:keys/x\"]\n\n[chat]"))
    }

    @Test(arguments: [
        "chat = { fallback = [] }\n", "chat.fallback = []\n", "[chat]\nmodel = \"other\"\n",
    ])
    func `what cannot be changed mechanically is left to a person`(old: String) {
        #expect(throws: ModelAddition.Failure.self) {
            _ = try Self.addition.added(to: old, comment: "why")
        }
    }

    @Test func `a file with a mistake is not touched`() {
        #expect(throws: ModelAddition.Failure.self) {
            _ = try Self.addition.added(to: "[chat\n", comment: "why")
        }
    }
}
