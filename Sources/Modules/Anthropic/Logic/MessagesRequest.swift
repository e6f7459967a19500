import ModuleChat
import ModuleJSON
import ProviderSupport

/// The body of `POST /v1/messages`.
struct MessagesRequest: Sendable {
    private let plan: MessagesPlan
    private let caching: Caching

    /// Which beginning of the chat the server is asked to remember, for a tenth of the price of
    /// reading it again. It asks a quarter more the first time.
    enum Caching: String, Sendable, CaseIterable {
        case off
        /// Tools and system prompt.
        case beginning
        /// Everything so far.
        case chat
    }

    init(_ plan: MessagesPlan, caching: Caching) {
        self.plan = plan
        self.caching = caching
    }

    /// Features that need their name in a header.
    var betas: [String] {
        plan.thinking.setting?["block_binding"] == nil
            ? [] : ["thinking-binding-controls-2026-08-01"]
    }

    var body: JSON {
        let order = plan.order
        let thinking = plan.thinking
        var body = counted
        body["max_tokens"] = .integer(Int64(plan.tokensMax))
        body["stream"] = true
        if let temperature = order.temperature, plan.model.takesTemperature, !thinking.isOn {
            body["temperature"] = .number(min(max(temperature, 0), 1))
        }
        return .object(body)
    }

    /// What counts towards the tokens of the chat, and may be sent to have them counted.
    var counted: JSONObject {
        let thinking = plan.thinking
        var body: JSONObject = ["model": .string(plan.order.model)]
        var tools = plan.tools
        var system = systemBlocks
        if caching != .off {
            // The server caches up to the mark: tools stand before the system prompt.
            if system.isEmpty { Self.mark(&tools) } else { Self.mark(&system) }
        }
        if plan.isAskedToCall { system.append(Self.block("Call at least one of the tools now.")) }
        if !system.isEmpty { body["system"] = .array(system) }
        if !tools.isEmpty { body["tools"] = .array(tools) }
        body["tool_choice"] = plan.toolChoice
        body["messages"] = .array(messages)
        body["thinking"] = thinking.setting.map { .object($0) }
        var output: JSONObject = [:]
        if let effort = thinking.effort { output["effort"] = .string(effort) }
        if let schema = plan.order.answerSchema, plan.answerTool == nil {
            output["format"] = [
                "type": "json_schema", "schema": .object(AnswerSchema.adapted(schema)),
            ]
        }
        if !output.isEmpty { body["output_config"] = .object(output) }
        return body
    }

    /// The API has one place for instructions, wherever in the chat they were given.
    private var systemBlocks: [JSON] {
        plan.order.messages.filter { $0.role == .system }.map(\.text)
            .filter { !$0.allSatisfy(\.isWhitespace) }.map(Self.block)
    }

    private var messages: [JSON] {
        var turns = MessageTurns(plan).turns
        if caching == .chat, !turns.isEmpty { Self.mark(&turns[turns.count - 1].blocks) }
        return turns.map { ["role": .string($0.role), "content": .array($0.blocks)] }
    }

    private static func block(_ text: String) -> JSON { ["type": "text", "text": .string(text)] }

    private static func mark(_ list: inout [JSON]) {
        guard var last = list.last?.object else { return }
        last["cache_control"] = ["type": "ephemeral"]
        list[list.count - 1] = .object(last)
    }
}
