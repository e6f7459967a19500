import AnthropicLogic
import ModuleChat
import ModuleJSON
import ModuleProviderKit
import ProviderSupport
import Testing

/// What a server may make the provider hold.
struct BoundsTests {
    private static func events(
        _ action: ProviderOrder.Action, _ pieces: some Sequence<JSON>
    ) -> [ProviderEvent] {
        let server = ProviderServer(preset: "anthropic", base: "https://api.anthropic.com")
        var reader = Anthropic().reader(
            of: ProviderOrder(action, at: server), AnswerHead(status: 200))
        var events: [ProviderEvent] = []
        for piece in pieces { reader.read(piece.serialized()) { events.append($0) } }
        return events
    }

    private static let chat = ProviderOrder.Action.chat(
        ChatOrder(model: "m", messages: [ChatMessage(.user, "Hi")]))

    private static func failure(_ event: ProviderEvent?) -> ChatFailure? {
        guard case .chat(.failure(let failure))? = event else { return nil }
        return failure
    }

    @Test(arguments: ["x", "thinking", "tool_use"])
    func `blocks that never end are one failure`(type: String) {
        let events = Self.events(
            Self.chat,
            (0..<2_000).lazy.map { index -> JSON in
                [
                    "type": "content_block_start", "index": .integer(Int64(index)),
                    "content_block": ["type": .string(type), "id": "i", "name": "f"],
                ]
            })
        #expect(Self.failure(events.last)?.kind == .malformed && events.count <= 257)
    }

    @Test func `calls without number are one failure, although each ends`() {
        let events = Self.events(
            Self.chat,
            (0..<4_000).lazy.map { index -> JSON in
                guard index % 2 == 0 else { return ["type": "content_block_stop", "index": 0] }
                return [
                    "type": "content_block_start", "index": 0,
                    "content_block": ["type": "tool_use", "id": "i", "name": "f"],
                ]
            })
        #expect(Self.failure(events.last)?.message.contains("256 calls") == true)
    }

    @Test func `a list with one odd entry is a list of the others`() {
        let events = Self.events(
            .models, [["data": [["id": "one"], ["display_name": "no id"], ["id": "two"]]]])
        guard case .value(let list)? = events.last else {
            Issue.record("it is no list: \(events)")
            return
        }
        let models = list.array?.filter { $0["leftOut"] == nil }
        #expect(models?.compactMap { $0["id"]?.string } == ["one", "two"])
        #expect(list.array?.count == 3)
    }
}
