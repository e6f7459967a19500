import KernelSystem
import ModuleChat
import ModuleJSON
import ModuleProviderKit
import OpenAILogic
import ProviderTesting
import Testing

/// What is read fast, and what the parser reads.
struct WalkTests {
    private static let recordings: [Recording] = {
        let folder = Path.join(Path.directory(of: #filePath), "Recordings")
        return (try? Recording.all(in: folder)) ?? []
    }()

    @Test(arguments: recordings.filter { $0.order.kind == .chat })
    func `the fast walk and the parser read the same`(recording: Recording) throws {
        // What is nested too deep for the walk makes the parser read every piece.
        let depth = 40
        let mark =
            "{\"mark\":" + String(repeating: "[", count: depth)
            + String(repeating: "]", count: depth) + ","
        let marked = try Replay(OpenAI()).events(
            Self.pieces(recording).map { piece in
                piece.first == UInt8(ascii: "{") ? Array(mark.utf8) + piece.dropFirst() : piece
            }, of: recording.order, recording.head, isWhole: recording.isWhole)
        let plain = try Replay(OpenAI()).events(
            Self.pieces(recording), of: recording.order, recording.head,
            isWhole: recording.isWhole)
        // What is no JSON is told with the place of the error, which the mark has moved.
        if plain.contains(where: Self.isMalformed) { return }
        #expect(plain == marked)
    }

    private static func isMalformed(_ event: ProviderEvent) -> Bool {
        if case .chat(.failure(let failure)) = event { failure.kind == .malformed } else { false }
    }

    private static func pieces(_ recording: Recording) throws -> [[UInt8]] {
        try Replay(OpenAI()).pieces(of: [recording.body], in: recording)
    }

    @Test(arguments: ["9223372036854775807", "-1", "1e99", "4294967296"])
    func `calls are told apart whatever number they have`(number: String) throws {
        let recording = try #require(Self.recordings.first { $0.order.kind == .chat })
        let calls = ["a", "b"].map {
            "{\"index\":\(number),\"id\":\"\($0)\","
                + "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}"
        }
        let piece = "{\"choices\":[{\"delta\":{\"tool_calls\":[\(calls.joined(separator: ","))]}}]}"
        let events = Replay(OpenAI()).events(
            [Array(piece.utf8)], of: recording.order, AnswerHead(status: 200), isWhole: true)
        let told = events.compactMap { event -> ChatToolCallPiece? in
            if case .chat(.toolCall(let piece)) = event { piece } else { nil }
        }
        #expect(told.map(\.id) == ["a", "b"] && told[0].index != told[1].index)
    }
}
