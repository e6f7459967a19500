import KernelHTTP
import KernelModels
import KernelSystem
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

/// Streams that llmock breaks: before anybody has seen anything they are asked for again, and
/// afterwards what was seen is kept.
@Suite(
    .timeLimit(.minutes(3)), .blocking, .serialized, .llmock,
    .enabled(if: Peers.hasLlmock, Peers.whyNot))
struct StreamFaultTests {
    private let asker: Dialect.Asker
    private static let question = [ChatMessage(.user, "Say something, please.")]
    private static let said = String(repeating: "One two three four five six seven. ", count: 20)
    private static let stallSeconds = 0.5

    /// How a stream is broken, what comes of it once text was seen, and what llmock says then: it
    /// cannot know that the failure was told.
    struct Fault: Sendable, CustomTestStringConvertible {
        let kind: String
        let failure: ChatFailure.Kind
        let findings: [String]

        var testDescription: String { kind }
    }

    static let faults = [
        Fault(kind: "disconnect", failure: .cutShort, findings: ["gave_up"]),
        Fault(kind: "truncate", failure: .cutShort, findings: ["truncated_stream_accepted"]),
        Fault(kind: "malformed", failure: .malformed, findings: ["malformed_chunk_ignored"]),
        Fault(kind: "stall", failure: .stalled, findings: []),
    ]

    init() throws { asker = try Dialect.Asker() }

    private func ask(
        _ dialect: Dialect, _ fault: Fault, after chunks: Int
    ) throws -> (heard: Witness.Heard, end: AnsweringEnd, server: LlmockServer) {
        let server = try #require(LlmockServer.current)
        try server.play([
            [
                "type": "stream_fault", "kind": .string(fault.kind),
                "after_chunks": .integer(Int64(chunks)), "stall_seconds": 5,
            ],
            ["type": "reply", "text": .string(Self.said), "times": nil],
        ])
        let target = dialect.target(at: server) {
            $0.limits.firstByteSeconds = Self.stallSeconds
            $0.limits.stallSeconds = Self.stallSeconds
        }
        let (heard, end) = try asker.ask(target, Self.question)
        return (heard, end, server)
    }

    @Test(arguments: Dialect.all, faults)
    func `a stream that breaks before its first word is asked for again`(
        dialect: Dialect, fault: Fault
    ) throws {
        let (heard, end, server) = try ask(dialect, fault, after: 0)
        #expect(end.failure == nil && heard.text == Self.said)
        // Of a stream that ends before its first byte nobody can say that it was one.
        let kinds: Set = [fault.failure, fault.kind == "truncate" ? .malformed : fault.failure]
        #expect(heard.pauses.count == 1 && kinds.contains(heard.pauses[0].failure.kind))
        #expect(try server.attempts() == 2)
        #expect(try server.findings() == [])
    }

    @Test(arguments: Dialect.all, faults)
    func `a stream that breaks in its middle is kept as it is`(
        dialect: Dialect, fault: Fault
    ) throws {
        let (heard, end, server) = try ask(dialect, fault, after: 6)
        #expect(end.failure?.kind == fault.failure)
        #expect(!heard.text.isEmpty && Self.said.hasPrefix(heard.text) && heard.text != Self.said)
        #expect(end.message.text == heard.text && heard.pauses.isEmpty)
        #expect(try server.attempts() == 1)
        #expect(try server.findings() == fault.findings)
    }

    @Test(arguments: Dialect.all)
    func `a slow first word is waited for, but not for ever`(dialect: Dialect) throws {
        let server = try #require(LlmockServer.current)
        let slow: JSON = ["type": "slow_first_token", "seconds": 1]
        try server.play([slow])
        let patient = try asker.ask(dialect.target(at: server), Self.question)
        #expect(patient.end.failure == nil && patient.heard.pauses.isEmpty)
        try server.play([slow])
        let hasty = dialect.target(at: server) { $0.limits.firstByteSeconds = 0.3 }
        let (heard, end) = try asker.ask(hasty, Self.question)
        #expect(end.failure == nil && heard.pauses.map(\.failure.kind) == [.stalled])
        #expect(try server.findings() == [])
    }

    @Test(arguments: Dialect.all)
    func `a call that breaks off is no call`(dialect: Dialect) throws {
        let server = try #require(LlmockServer.current)
        let call: JSON = ["name": "fs_read", "arguments": ["path": "/etc/hosts"]]
        try server.play([
            ["type": "tool_fault", "kind": "malformed_arguments", "times": nil],
            ["type": "reply", "tool_calls": [call], "times": nil],
        ])
        let tool = ChatTool(
            name: "fs.read", about: "Reads a file.",
            schema: ["type": "object", "properties": ["path": ["type": "string"]]])
        let end = try asker.ask(dialect.target(at: server), Self.question) { $0.tools = [tool] }.end
        // Gemini's arguments are part of the answer's own JSON and cannot be broken alone.
        guard end.failure != nil else {
            #expect(dialect.module == "gemini")
            return
        }
        #expect(end.failure?.kind == .malformed)
        #expect(end.message.toolCalls.isEmpty)
    }
}
