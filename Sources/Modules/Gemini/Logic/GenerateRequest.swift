import ModuleChat
import ModuleJSON
import ProviderSupport

/// The body of `generateContent`.
struct GenerateRequest: Sendable {
    private let order: ChatOrder
    private let model: GeminiModel
    private let names: ToolNames

    /// The API has no place for a schema where the model may also call tools: it is told in words.
    private let tellsSchema: Bool

    init(_ order: ChatOrder) {
        self.order = order
        model = GeminiModel(order.model)
        names = ToolNames(in: order)
        tellsSchema =
            order.answerSchema != nil && !order.tools.isEmpty && !model.takesSchemaBesideTools
    }

    var body: JSONObject {
        var body: JSONObject = [:]
        let instructions = instructions
        if !instructions.isEmpty {
            body["systemInstruction"] = [
                "parts": .array(instructions.map { ["text": .string($0)] })
            ]
        }
        body["contents"] = .array(contents)
        if !order.tools.isEmpty {
            body["tools"] = [["functionDeclarations": .array(order.tools.map(declaration))]]
            body["toolConfig"] = ["functionCallingConfig": ["mode": .string(mode)]]
        }
        let configuration = configuration
        if !configuration.isEmpty { body["generationConfig"] = .object(configuration) }
        return body
    }

    /// To have the tokens counted of all that a request would hold.
    var counted: JSONObject {
        var request = body
        request["generationConfig"] = nil
        request["model"] = .string(model.path)
        return ["generateContentRequest": .object(request)]
    }

    private var instructions: [String] {
        var texts = order.messages.filter { $0.role == .system }.map(\.text)
            .filter { !$0.allSatisfy(\.isWhitespace) }
        if tellsSchema, let schema = order.answerSchema {
            texts.append(
                "Answer with nothing but JSON of this schema: \(JSON.object(schema).text)")
        }
        return texts
    }

    private var contents: [JSON] {
        ContentTurns(order, model, names).turns.map {
            ["role": .string($0.role), "parts": .array($0.parts)]
        }
    }

    // MARK: Tools

    private func declaration(_ tool: ChatTool) -> JSON {
        var declaration: JSONObject = [
            "name": .string(names.wire(tool.name)), "description": .string(tool.about),
        ]
        // An object without members is refused: no parameters are said by saying nothing.
        let schema = GeminiSchema.adapted(tool.schema)
        if schema["properties"] != nil { declaration["parameters"] = .object(schema) }
        return .object(declaration)
    }

    private var mode: String {
        switch order.toolChoice {
        case .automatic: "AUTO"
        case .none: "NONE"
        case .required: "ANY"
        }
    }

    // MARK: How to answer

    private var configuration: JSONObject {
        var configuration: JSONObject = [:]
        if let tokensMax = order.tokensMax {
            configuration["maxOutputTokens"] = .integer(Int64(tokensMax))
        }
        if let temperature = order.temperature {
            configuration["temperature"] = .number(temperature)
        }
        // The field has 32 bits.
        if let seed = order.seed {
            configuration["seed"] = .integer(Int64(Int32(truncatingIfNeeded: seed)))
        }
        if let schema = order.answerSchema, !tellsSchema {
            configuration["responseMimeType"] = "application/json"
            configuration["responseSchema"] = .object(GeminiSchema.adapted(schema))
        }
        configuration["thinkingConfig"] = model.thinking(order.thinking).map { .object($0) }
        return configuration
    }
}
