import KernelSystem
import ModuleChat
import ModuleJSON
import OpenAILogic
import Testing

/// What the guides say of the servers that are known by name.
struct DocumentTests {
    /// The names in the first brackets behind these words.
    private static func names(in page: String, after words: String) throws -> Set<String> {
        let root = Path.directory(of: Path.directory(of: Path.directory(of: #filePath)))
        let bytes = try Files.read(Path.join(root, "docs/\(page)"), bytesMax: 1 << 20)
        let text = String(decoding: bytes, as: UTF8.self)
        let start = try #require(text.firstRange(of: words)).upperBound
        let list = text[start...].prefix { $0 != ")" }
        let parts = list.split(separator: "`", omittingEmptySubsequences: false)
        return Set(parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) })
    }

    @Test func `every server that a guide names is one, and none is left out`() throws {
        let own = Set(OpenAI().provider.presets.map(\.id))
        let others: Set = ["anthropic", "gemini", "ollama"]
        let models = try Self.names(in: "models.md", after: "named after a server")
        #expect(models == own.union(others).subtracting(["compatible"]))
        let providers = try Self.names(in: "providers.md", after: "### `openai`\n\nPresets:")
        #expect(own.subtracting(providers).isEmpty)
    }
}
