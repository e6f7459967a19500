import AnthropicLogic
import KernelSystem
import ModuleChat
import ModuleProviderKit
import ProviderTesting
import Testing

/// What servers sent, read again: the same events however the bytes fall.
/// `KERNEL_RECORDINGS=write` takes what is read as right.
struct RecordingTests {
    private static let folder = Path.join(Path.directory(of: #filePath), "Recordings")

    @Test(arguments: try Recording.all(in: folder))
    func `a recorded answer is read as it was`(recording: Recording) throws {
        let problems = try Replay(Anthropic()).checked(recording)
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `damaged answers are read to an end, and in order`(seed: UInt64) throws {
        var fuzzer = ProviderFuzzer(Anthropic(), seed: seed)
        let recordings = try Recording.all(in: Self.folder)
        #expect(recordings.count > 20)
        #expect(try fuzzer.problems(in: recordings, rounds: 1500).isEmpty)
    }
}
