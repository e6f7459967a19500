import ModuleChat
import ModuleJSON
import ProviderSupport

/// What a chat becomes at Anthropic's: settled once, for the request and for reading its answer.
struct MessagesPlan: Sendable {
    let order: ChatOrder
    let model: ClaudeModel
    let names: ToolNames
    let ids = CallIDs(lengthMax: 64)
    let seals: ThoughtSeal
    /// The tool by whose arguments a model answers that takes no schema for its text.
    let answerTool: String?

    init(_ order: ChatOrder, at server: ProviderServer) {
        self.order = order
        seals = ThoughtSeal(of: server.base)
        model = ClaudeModel(order.model)
        names = ToolNames(in: order)
        answerTool =
            order.answerSchema == nil || model.takesAnswerSchema
            ? nil : Self.freeName(besides: order.tools.map { [names] in names.wire($0.name) })
    }

    private static func freeName(besides taken: [String]) -> String {
        var name = "answer"
        while taken.contains(name) { name += "_" }
        return name
    }

    // MARK: Tools

    /// The model may not choose not to call anything.
    private var isForced: Bool {
        answerTool != nil || (order.toolChoice == .required && !order.tools.isEmpty)
    }

    /// It must call a tool but cannot be forced to: it is asked in words.
    var isAskedToCall: Bool { isForced && model.thinking == .always }

    var tools: [JSON] {
        var list = order.tools.map { tool -> JSON in
            var schema = tool.schema
            schema["type"] = "object"
            return [
                "name": .string(names.wire(tool.name)), "description": .string(tool.about),
                "input_schema": .object(schema),
            ]
        }
        if let answerTool, let schema = order.answerSchema {
            list.append([
                "name": .string(answerTool),
                "description": "Gives the answer, by its arguments. Call it once, at the end.",
                "input_schema": .object(schema),
            ])
        }
        return list
    }

    var toolChoice: JSON? {
        if isForced && !isAskedToCall {
            // With tools beside it, the model first calls those that it needs.
            guard let answerTool, order.tools.isEmpty else { return ["type": "any"] }
            return ["type": "tool", "name": .string(answerTool)]
        }
        guard !order.tools.isEmpty, order.toolChoice == .none else { return nil }
        return ["type": "none"]
    }

    // MARK: Thinking

    struct Thinking: Sendable, Hashable {
        /// The member `thinking`, if there is to be one.
        var setting: JSONObject?
        var effort: String?
        var budget = 0
        /// Known before the answer.
        var isOn = false
    }

    /// The least that the API takes.
    private static let budgetMin = 1024

    var thinking: Thinking {
        switch model.thinking {
        case .never: Thinking()
        case .budget: budgetThinking
        case .adaptive: adaptiveThinking
        case .adaptiveByDefault:
            // Thinking and a forced call exclude each other; the call was asked for expressly.
            isForced || order.thinking == .off
                ? Thinking(setting: ["type": "disabled"]) : shownThinking(effort)
        case .always: shownThinking(order.thinking == .off ? "low" : effort)
        }
    }

    private var effort: String? { order.thinking.map(\.rawValue) }

    private var adaptiveThinking: Thinking {
        guard let effort = order.thinking, effort != .off, !isForced else { return Thinking() }
        return shownThinking(effort.rawValue)
    }

    private func shownThinking(_ effort: String?) -> Thinking {
        // Without this the thoughts of the newer models arrive without their text.
        var setting: JSONObject = ["type": "adaptive", "display": "summarized"]
        if model.bindsThoughts {
            // Tools, memory and what other models said come and go before a thought.
            setting["block_binding"] = ["prefix_mismatch_behavior": "drop_block"]
        }
        return Thinking(setting: setting, effort: effort, isOn: true)
    }

    private var budgetThinking: Thinking {
        let wanted: Int
        switch order.thinking {
        case nil, .off: return Thinking()
        case .low: wanted = 4096
        case .medium: wanted = 12_288
        case .high: wanted = 24_576
        }
        guard !isForced, !lacksOwnThoughts else { return Thinking() }
        // Half of the answer at most, so that something is left to be said.
        let budget = order.tokensMax.map { min(wanted, $0 / 2) } ?? wanted
        guard budget >= Self.budgetMin else { return Thinking() }
        return Thinking(
            setting: ["type": "enabled", "budget_tokens": .integer(Int64(budget))],
            budget: budget, isOn: true)
    }

    /// Between a call and its result these models want the thought that led to the call. It is
    /// missing where another provider made the call; the round is then ended without thinking.
    private var lacksOwnThoughts: Bool {
        guard order.messages.last?.role == .tool,
            let last = order.messages.last(where: { $0.role == .assistant })
        else { return false }
        guard case .thinking(let thinking)? = last.parts.first else { return true }
        return seals.block(thinking) == nil
    }

    var tokensMax: Int { order.tokensMax ?? model.answerTokens + thinking.budget }
}
