import KernelConfig
import Testing

@testable import KernelSetup

struct ModelEntryTests {
    @Test(arguments: [
        (
            ModelEntry(name: "deepseek", .provider(preset: nil, base: nil, key: nil)),
            "[providers.deepseek]\n"
        ),
        (
            ModelEntry(
                name: "work",
                .provider(preset: "openai", base: "http://here/v1", key: "env:WORK_KEY")),
            "[providers.work]\npreset = \"openai\"\nbase_url = \"http://here/v1\"\n"
                + "keys = [\"env:WORK_KEY\"]\n"
        ),
        (ModelEntry(name: "fast", .model("ollama/x")), "[models.fast]\nmodel = \"ollama/x\"\n"),
        (
            ModelEntry(name: "my own", .file("~/x.gguf")),
            "[models.\"my own\"]\nfile = \"~/x.gguf\"\n"
        ),
    ])
    func `a table is added at the end, and what was there stays`(
        entry: ModelEntry, table: String
    ) throws {
        #expect(try entry.added(to: "") == table)
        #expect(try entry.added(to: "[log] # mine\n") == "[log] # mine\n\n" + table)
        #expect(try entry.added(to: "[log]") == "[log]\n\n" + table)
    }

    @Test(arguments: [
        ("[models.fast]\nfile = \"x\"\n", "has a table [models.fast] already"),
        ("models = { fast = { model = \"x/y\" } }\n", "has a table [models.fast] already"),
        ("[models\n", "has a mistake"),
    ])
    func `what is there already, or wrong, is left alone`(text: String, problem: String) {
        let entry = ModelEntry(name: "fast", .model("ollama/x"))
        #expect(throws: ModelEntry.Failure.self) { try entry.added(to: text) }
        do {
            _ = try entry.added(to: text)
        } catch {
            #expect(error.description.contains(problem), "\(error)")
        }
    }
}
