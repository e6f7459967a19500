import GeminiLogic
import KernelSystem
import ModuleChat
import ModuleProviderKit
import ProviderTesting
import Testing

/// What servers sent, read again: the same events however the bytes fall.
struct RecordingTests {
    private static let folder = "\(#filePath.dropLast("RecordingTests.swift".count))Recordings"

    @Test(arguments: try Recording.all(in: folder))
    func `a recorded answer is read as it was`(recording: Recording) throws {
        let replay = Replay(Gemini())
        if Environment.value("KERNEL_REWRITE_RECORDINGS") != nil {
            try recording.rewrite(replay.lines(of: recording))
        }
        #expect(try replay.problems(in: Recording(path: recording.path)).isEmpty)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `damaged answers are read to an end, and in order`(seed: UInt64) throws {
        var fuzzer = ProviderFuzzer(Gemini(), seed: seed)
        let recordings = try Recording.all(in: Self.folder)
        #expect(recordings.count > 20)
        #expect(try fuzzer.problems(in: recordings, rounds: 1500).isEmpty)
    }
}
