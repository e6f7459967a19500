import KernelSystem
import OllamaLogic
import ProviderTesting
import Testing

/// What servers sent, read by the module. `KERNEL_RECORDINGS=write` takes what is read as right.
struct RecordingTests {
    static let recordings: [Recording] = {
        let folder = Path.join(Path.directory(of: #filePath), "Recordings")
        return (try? Recording.all(in: folder)) ?? []
    }()

    @Test func `there are recordings, and all can be read`() throws {
        let folder = Path.join(Path.directory(of: #filePath), "Recordings")
        #expect(try Recording.all(in: folder).count > 15)
    }

    @Test(arguments: recordings)
    func `a recorded answer is read the same, wherever its bytes are split`(
        recording: Recording
    ) throws {
        let problems = try Replay(Ollama()).checked(recording)
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `damaged answers end in order`(seed: UInt64) throws {
        var fuzzer = ProviderFuzzer(Ollama(), seed: seed)
        let problems = try fuzzer.problems(in: Self.recordings, rounds: 1_000)
        #expect(problems.isEmpty, "\(problems.prefix(5).joined(separator: "\n"))")
    }
}
