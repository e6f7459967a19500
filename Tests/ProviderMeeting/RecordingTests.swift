import AnthropicLogic
import GeminiLogic
import KernelSystem
import ModuleProviderKit
import OllamaLogic
import OpenAILogic
import ProviderTesting
import Testing

/// What servers sent, read by their providers: the same events however the bytes fall.
/// `KERNEL_RECORDINGS=write` takes what is read as right.
struct RecordingTests {
    /// A provider, and what was recorded of its servers.
    struct Recorded: Sendable, CustomTestStringConvertible {
        let name: String
        let recordings: [Recording]
        /// As `Replay` finds them.
        let problems: @Sendable (Recording) throws -> [String]
        let problemsOfDamage: @Sendable (_ seed: UInt64) throws -> [String]

        var testDescription: String { name }

        init(_ name: String, _ provider: some ModelProvider) {
            let tests = Path.directory(of: Path.directory(of: #filePath))
            let folder = Path.join(tests, "\(name)/Recordings")
            let recordings = (try? Recording.all(in: folder)) ?? []
            self.name = name
            self.recordings = recordings
            problems = { try Replay(provider).checked($0) }
            problemsOfDamage = { seed in
                var fuzzer = ProviderFuzzer(provider, seed: seed)
                return try fuzzer.problems(in: recordings, rounds: 1_500)
            }
        }
    }

    private static let all = [
        Recorded("OpenAI", OpenAI()), Recorded("Anthropic", Anthropic()),
        Recorded("Gemini", Gemini()), Recorded("Ollama", Ollama()),
    ]

    @Test(arguments: zip(all, [50, 20, 20, 15]))
    func `there are recordings, and all can be read`(recorded: Recorded, least: Int) throws {
        let tests = Path.directory(of: Path.directory(of: #filePath))
        let folder = Path.join(tests, "\(recorded.name)/Recordings")
        #expect(try Recording.all(in: folder).count > least)
    }

    @Test(arguments: all)
    func `a recorded answer is read the same, wherever its bytes are split`(
        recorded: Recorded
    ) throws {
        for recording in recorded.recordings {
            let problems = try recorded.problems(recording)
            #expect(
                problems.isEmpty,
                "\(recording.testDescription): \(problems.joined(separator: "\n"))")
        }
    }

    @Test(arguments: all, [1, 2, 3] as [UInt64])
    func `damaged answers are read to an end, and in order`(
        recorded: Recorded, seed: UInt64
    ) throws {
        let problems = try recorded.problemsOfDamage(seed)
        #expect(problems.isEmpty, "\(problems.prefix(5).joined(separator: "\n"))")
    }
}
