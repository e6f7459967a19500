package import ModuleChat
package import ModuleJSON

/// Calls of tools by a model that knows none: its answer is held to a schema that is either an
/// answer in words or one call, and read as that. A value without I/O.
package struct SchemaCalling: Sendable {
    package let schema: JSONObject
    /// To be added to the system prompt.
    package let prompt: String
    /// What is said in words must be JSON of a schema as well.
    let hasAnswerSchema: Bool
    private let tools: [ChatTool]

    static let answer = "answer"
    private static let tool = "tool"
    private static let arguments = "arguments"

    /// `tools` are those that fit; without any there is nothing to choose.
    package init?(
        _ tools: [ChatTool], choice: ChatToolChoice = .automatic, answerSchema: JSONObject? = nil
    ) {
        guard !tools.isEmpty, choice != .none else { return nil }
        self.tools = tools
        hasAnswerSchema = answerSchema != nil
        let calls = tools.map { tool in
            Self.object([
                Self.tool: ["const": .string(tool.name)],
                Self.arguments: .object(Self.closed(tool.schema)),
            ])
        }
        let words = Self.object([Self.answer: .object(answerSchema ?? ["type": "string"])])
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

    // MARK: The chat so far

    /// The chat with the prompt, and with calls in the form that the model is held to.
    package func told(_ messages: [ChatMessage]) -> [ChatMessage] {
        var told = messages.map { message in
            message.role == .assistant ? Self.told(message) : message
        }
        if told.first?.role == .system {
            told[0].parts.append(.text("\n\n" + prompt))
        } else {
            told.insert(ChatMessage(.system, prompt), at: 0)
        }
        return told
    }

    private static func told(_ message: ChatMessage) -> ChatMessage {
        var parts: [ChatPart] = []
        for part in message.parts {
            guard case .toolCall(let call) = part else {
                parts.append(part)
                continue
            }
            let form: JSON = [
                tool: .string(call.name), arguments: .object(call.arguments),
            ]
            parts.append(.text((parts.isEmpty ? "" : "\n\n") + form.text))
        }
        return ChatMessage(message.role, parts)
    }

    // MARK: What the model says

    /// What the model has said, read out of the form that it was held to.
    package enum Reading: Sendable, Hashable {
        case answer(String)
        case call(name: String, arguments: JSONObject)
    }

    /// Throws where the answer is none of the choices: it was cut off, or the server held it to
    /// nothing.
    package func reading(of text: String) throws(ChatFailure) -> Reading {
        guard let object = (try? JSON(parsing: text))?.object else {
            throw ChatFailure(.malformed, "the model did not keep to the form of a call")
        }
        if let words = object[Self.answer], object.count == 1 {
            if hasAnswerSchema { return .answer(words.text) }
            if let words = words.string { return .answer(words) }
        }
        guard let name = object[Self.tool]?.string,
            let arguments = object[Self.arguments]?.object
        else { throw ChatFailure(.malformed, "the model's answer is neither words nor a call") }
        guard tools.contains(where: { $0.name == name }) else {
            throw ChatFailure(.malformed, "the model called \(name), which there is not")
        }
        return .call(name: name, arguments: arguments)
    }
}
