package import ModuleChat

/// What of a prompt and of the tools is sent to a model of a certain window, so that room is left
/// for the chat. A value without I/O: what might be sent goes in, what is sent comes out.
package struct PromptFit: Sendable, Hashable {
    /// The parts that go in, in the order in which they were given.
    package let prompt: [String]
    /// The tools that go in, in the order in which they were given, and `tool.search` if others
    /// are left.
    package let tools: [ChatTool]
    /// The names of the tools that are left to be found by `tool.search`, in the order given.
    package let searched: [String]
    /// The names of the parts that are left out.
    package let omitted: [String]
    package let promptTokens: Int
    package let toolTokens: Int
    /// What a person should know of it; nil if all goes in.
    package let sentence: String?

    /// A piece of the system prompt.
    package struct Part: Sendable, Hashable {
        package var name: String
        package var text: String
        package var importance: Importance
        package var tokens: Int

        package enum Importance: Sendable, Hashable {
            /// Without it the model does not know what it is for.
            case needed
            /// The higher, the sooner it goes in; tools are ranked on the same scale.
            case ranked(Int)
        }

        package init(
            _ name: String, _ text: String, _ importance: Importance, tokens: Int? = nil
        ) {
            self.name = name
            self.text = text
            self.importance = importance
            self.tokens = tokens ?? TokenEstimate.tokens(in: text)
        }
    }

    package struct Tool: Sendable, Hashable {
        package var tool: ChatTool
        /// The higher, the sooner it goes in: what was used or found in this chat before others.
        package var rank: Int
        package var tokens: Int

        package init(_ tool: ChatTool, rank: Int = 0, tokens: Int? = nil) {
            self.tool = tool
            self.rank = rank
            self.tokens = tokens ?? TokenEstimate.tokens(in: tool)
        }
    }

    /// `windowTokens`: nil if nobody knows it.
    package init(_ parts: [Part], _ tools: [Tool], windowTokens: Int?) {
        let room = PromptRoom(windowTokens: windowTokens)
        var plan = PromptPlan(parts, tools, room)
        plan.fill()
        prompt = parts.indices.filter { plan.takesPart[$0] }.map { parts[$0].text }
        omitted = parts.indices.filter { !plan.takesPart[$0] }.map { parts[$0].name }
        let taken = tools.indices.filter { plan.takesTool[$0] }.map { tools[$0].tool }
        searched = tools.indices.filter { !plan.takesTool[$0] }.map { tools[$0].tool.name }
        self.tools = taken + (plan.takesSearch ? [ToolSearch.tool] : [])
        promptTokens = plan.promptTokens
        toolTokens = plan.toolTokens
        sentence = Self.sentence(
            room, plan, tools: (taken.count, tools.count), omitted: omitted)
    }

    private static func sentence(
        _ room: PromptRoom, _ plan: PromptPlan, tools: (taken: Int, all: Int), omitted: [String]
    ) -> String? {
        let window = "the model's window of \(room.windowTokens) tokens"
        var said: [String] = []
        if tools.taken < tools.all {
            let others =
                plan.takesSearch
                ? "it finds the others with \(ToolSearch.tool.name)" : "it cannot use the others"
            said.append("\(tools.taken) of \(tools.all) tools fit into \(window); \(others)")
        }
        if !omitted.isEmpty {
            said.append("left out of the prompt: \(omitted.joined(separator: ", "))")
        }
        if plan.isOverfull {
            said.append("the prompt alone takes \(plan.promptTokens) tokens of \(window)")
        }
        return said.isEmpty ? nil : said.joined(separator: "; ")
    }
}

/// How much of a window prompt and tools may take.
package struct PromptRoom: Sendable, Hashable {
    package let windowTokens: Int
    /// Prompt and tools together.
    package let tokensMax: Int
    package let toolTokensMax: Int

    /// A hosted model has more; a local one says what it has.
    private static let windowTokensUnknown = 32_768
    /// Up to here the chat needs nearly all of it.
    private static let smallWindowTokens = 8_192
    private static let smallTokensMax = 1_000

    package init(windowTokens: Int?) {
        let window = max(0, windowTokens ?? Self.windowTokensUnknown)
        self.windowTokens = window
        // Half of the window is the chat's, however small it is.
        let half = window / 2
        tokensMax = window <= Self.smallWindowTokens ? min(Self.smallTokensMax, half) : half
        toolTokensMax = min(window / 4, tokensMax)
    }
}

/// Puts in one thing after the other, the important ones first, until the room is used up.
private struct PromptPlan {
    let parts: [PromptFit.Part]
    let tools: [PromptFit.Tool]
    let room: PromptRoom
    var takesPart: [Bool]
    var takesTool: [Bool]
    var takesSearch = false
    var promptTokens = 0
    var toolTokens = 0

    init(_ parts: [PromptFit.Part], _ tools: [PromptFit.Tool], _ room: PromptRoom) {
        self.parts = parts
        self.tools = tools
        self.room = room
        takesPart = parts.map { $0.importance == .needed }
        takesTool = tools.map { _ in false }
    }

    /// What is needed takes more than there is.
    var isOverfull: Bool { promptTokens > room.tokensMax }

    mutating func fill() {
        promptTokens = parts.indices.reduce(0) { $0 + (takesPart[$1] ? parts[$1].tokens : 0) }
        let before = self
        place()
        guard takesTool.contains(false) else { return }
        // Not all fit: the search is one of them, and comes before any other.
        self = before
        let search = PromptFit.Tool(ToolSearch.tool)
        takesSearch = takes(tool: search)
        if takesSearch { toolTokens += search.tokens }
        place()
    }

    private enum Item {
        case part(Int)
        case tool(Int)
    }

    private mutating func place() {
        let ranked =
            tools.indices.map { (rank: tools[$0].rank, item: Item.tool($0)) }
            + parts.indices.compactMap { index in
                guard case .ranked(let rank) = parts[index].importance else { return nil }
                return (rank: rank, item: Item.part(index))
            }
        // What stands first goes in first among equals; `sort` alone does not promise that.
        let ordered = ranked.enumerated().sorted { one, other in
            (-one.element.rank, one.offset) < (-other.element.rank, other.offset)
        }
        for entry in ordered {
            switch entry.element.item {
            case .tool(let index):
                guard takes(tool: tools[index]) else { continue }
                takesTool[index] = true
                toolTokens += tools[index].tokens
            case .part(let index):
                guard promptTokens + toolTokens + parts[index].tokens <= room.tokensMax else {
                    continue
                }
                takesPart[index] = true
                promptTokens += parts[index].tokens
            }
        }
    }

    private func takes(tool: PromptFit.Tool) -> Bool {
        toolTokens + tool.tokens <= room.toolTokensMax
            && promptTokens + toolTokens + tool.tokens <= room.tokensMax
    }
}
