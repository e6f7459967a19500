package import ModuleChat
import ModuleJSON

/// The searches for tools in a chat. Whoever runs the other tools need not answer these: what they
/// found is written into the chat here. A value without I/O.
package struct ToolSearches {
    /// The chat, in which every search has its result.
    package private(set) var messages: [ChatMessage] = []
    /// After which message a tool was called or found last, by its name.
    private var turns: [String: Int] = [:]
    private let tools: [ChatTool]
    /// Made with the first search: hardly any chat has one.
    private var search: ToolSearch?
    private var known: [String: [ToolSearch.Hit]] = [:]

    /// What was searched for before the last of these is found again when it is wanted.
    private static let searchesMax = 100

    package init(in chat: [ChatMessage], among tools: [ChatTool]) {
        self.tools = tools
        var passedOver =
            chat.lazy.filter { $0.role == .assistant }.flatMap(\.toolCalls)
            .count { $0.name == ToolSearch.tool.name } - Self.searchesMax
        let answered = Set(chat.lazy.flatMap(\.toolResults).map(\.call))
        // Of the message before, to stand at the beginning of what follows.
        var owed: [ChatPart] = []
        for (place, message) in chat.enumerated() {
            if message.role == .tool {
                messages.append(ChatMessage(.tool, owed + message.parts))
            } else {
                append(owed)
                messages.append(message)
            }
            owed = []
            guard message.role == .assistant else { continue }
            for call in message.toolCalls {
                turns[call.name] = place
                guard call.name == ToolSearch.tool.name else { continue }
                passedOver -= 1
                let hits = passedOver < 0 ? hits(of: call) : []
                for hit in hits { turns[hit.tool.name] = place }
                guard !answered.contains(call.id) else { continue }
                owed.append(
                    .toolResult(
                        ChatToolResult(
                            call: call.id, name: call.name, text: ToolSearch.text(of: hits))))
            }
        }
        append(owed)
    }

    private mutating func append(_ owed: [ChatPart]) {
        if !owed.isEmpty { messages.append(ChatMessage(.tool, owed)) }
    }

    private mutating func hits(of call: ChatToolCall) -> [ToolSearch.Hit] {
        let query = call.arguments["query"]?.string ?? ""
        if let hits = known[query] { return hits }
        let search = search ?? ToolSearch(tools)
        self.search = search
        let hits = search.hits(for: query)
        known[query] = hits
        return hits
    }

    /// The higher, the sooner the model is given the tool.
    package func rank(of tool: ChatTool) -> Int { turns[tool.name].map { $0 + 1 } ?? 0 }
}
