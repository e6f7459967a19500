import AnthropicLogic
import GeminiLogic
import KernelHTTP
import KernelSystem
import KernelTesting
import ModuleChat
import ModuleJSON
import ModuleProviderKit
import OpenAILogic
import ProviderTesting
import Testing

/// What `dev/record` writes, from servers that are not of this house.
@Suite(
    .timeLimit(.minutes(3)), .blocking, .serialized, .llmock,
    .enabled(if: Peers.hasLlmock, Peers.whyNot))
struct RecorderTests {
    private static let key = "sk-ant-0123456789abcdefghij"

    private func check(
        _ provider: some ModelProvider, _ path: String, model: String
    ) throws {
        let address = try #require(LlmockServer.current).address
        let preset = provider.provider.presets[0].id
        let server = ProviderServer(preset: preset, base: address + path, hasKey: true)
        let client = HTTPClient()
        defer { client.close() }
        let recorder = Recorder(
            provider, at: server, key: Self.key, source: "llmock", client)
        let folder = try TemporaryFolder()
        for entry in CanonicalChats.all where ["text", "call", "json"].contains(entry.name) {
            let file = try recorder.record(entry, model: model)
            #expect(!String(decoding: file, as: UTF8.self).contains("0123456789"))
            try Files.replace(folder.file("\(entry.name).txt"), with: file)
        }
        let recordings = try Recording.all(in: folder.path)
        #expect(recordings.count == 3)
        for recording in recordings {
            #expect(try Replay(provider).problems(in: recording) == [])
            #expect(recording.events.contains { $0.hasPrefix("finish ") })
            #expect(recording.order.server == server && recording.head.status == 200)
        }
    }

    @Test func `OpenAI's language is recorded and replays`() throws {
        try check(OpenAI(), "/v1", model: "gpt-4o-mini")
    }

    @Test func `Anthropic's language is recorded and replays`() throws {
        try check(Anthropic(), "/anthropic", model: "claude-sonnet-4-6")
    }

    @Test func `Gemini's language is recorded and replays`() throws {
        try check(Gemini(), "/gemini", model: "gemini-2.5-pro")
    }

    @Test func `an answer that breaks off and a refusal are recorded as such`() throws {
        let llmock = try #require(LlmockServer.current)
        try llmock.play([
            ["type": "stream_fault", "kind": "disconnect", "after_chunks": 3],
            ["type": "reply", "text": "One two three four five six seven eight nine ten."],
        ])
        let server = ProviderServer(preset: "openai", base: llmock.address + "/v1", hasKey: true)
        let client = HTTPClient()
        defer { client.close() }
        let recorder = Recorder(
            OpenAI(), at: server, key: Self.key, source: "llmock", client)
        let text = try #require(CanonicalChats.all.first { $0.name == "text" })
        let broken = String(decoding: try recorder.record(text, model: "m"), as: UTF8.self)
        #expect(broken.contains("=== body cut"))
        try llmock.play([["type": "fail", "status": 429, "retry_after": 7, "times": 2]])
        #expect(throws: (any Error).self) { try recorder.record(text, model: "m") }
        let refused = String(
            decoding: try recorder.record(text, model: "m", keepsRefusals: true), as: UTF8.self)
        #expect(refused.contains("=== head\n429\n") && refused.contains("retry-after: 7\n"))
        #expect(refused.contains(#"failure {"kind":"rateLimit""#))
    }
}
