package import ModuleChat
package import ModuleJSON

/// Calls of tools by a model that knows none: its answer is held to a schema that is either an
/// answer in words or one call, and read as that. A value without I/O.
package struct SchemaCalling: Sendable {
    package let schema: JSONObject
    /// To be added to the system prompt.
    package let prompt: String
    private let tools: [ChatTool]

    private static let answer = "answer"
    private static let tool = "tool"
    private static let arguments = "arguments"

    /// `tools` are those that fit; without any there is nothing to choose.
    package init?(_ tools: [ChatTool], choice: ChatToolChoice = .automatic) {
        guard !tools.isEmpty, choice != .none else { return nil }
        self.tools = tools
        let calls = tools.map { tool in
            Self.object([
                Self.tool: ["const": .string(tool.name)],
                Self.arguments: .object(Self.closed(tool.schema)),
            ])
        }
        let words = Self.object([Self.answer: ["type": "string"]])
        schema = ["anyOf": .array(choice == .required ? calls : [words] + calls)]
        prompt = Self.prompt(tools, isRequired: choice == .required)
    }

    private static func object(_ properties: JSONObject) -> JSON {
        [
            "type": "object", "properties": .object(properties),
            "required": .array(properties.map { .string($0.0) }), "additionalProperties": false,
        ]
    }

    /// A tool without a schema takes an object of nothing.
    private static func closed(_ schema: JSONObject) -> JSONObject {
        var schema = schema
        if schema["type"] == nil { schema["type"] = "object" }
        if schema["properties"] == nil { schema["properties"] = [:] }
        if schema["additionalProperties"] == nil { schema["additionalProperties"] = false }
        return schema
    }

    private static func prompt(_ tools: [ChatTool], isRequired: Bool) -> String {
        let lines = tools.map { tool in
            "- \(tool.name): \(tool.about) Arguments: \(JSON.object(tool.schema).text)"
        }
        let words = isRequired ? "" : "To answer in words, write {\"answer\": \"…\"}. "
        return "\(words)To use a tool, write {\"tool\": \"…\", \"arguments\": {…}}: its result "
            + "comes next. The tools:\n" + lines.joined(separator: "\n")
    }

    /// What the model has said, read out of the form that it was held to.
    package enum Reading: Sendable, Hashable {
        case answer(String)
        case call(ChatToolCall)
    }

    /// Throws where the answer is none of the choices: it was cut off, or the server held it to
    /// nothing. `id` is the call's.
    package func reading(of text: String, id: String) throws(ChatFailure) -> Reading {
        guard let object = (try? JSON(parsing: text))?.object else {
            throw ChatFailure(.malformed, "the model did not keep to the form of a call")
        }
        if let words = object[Self.answer]?.string, object.count == 1 { return .answer(words) }
        guard let name = object[Self.tool]?.string,
            let arguments = object[Self.arguments]?.object
        else { throw ChatFailure(.malformed, "the model's answer is neither words nor a call") }
        guard tools.contains(where: { $0.name == name }) else {
            throw ChatFailure(.malformed, "the model called \(name), which there is not")
        }
        return .call(ChatToolCall(id: id, name: name, arguments: arguments))
    }

    /// The same message as one that a model with tools would have given.
    package func message(
        _ message: ChatMessage, id: String
    ) throws(ChatFailure) -> ChatMessage {
        let kept = message.parts.filter { if case .text = $0 { false } else { true } }
        switch try reading(of: message.text, id: id) {
        case .answer(let text): return ChatMessage(.assistant, kept + [.text(text)])
        case .call(let call): return ChatMessage(.assistant, kept + [.toolCall(call)])
        }
    }
}
