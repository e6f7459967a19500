package import ModuleChat
import ModuleJSON

/// What every provider is asked when its traffic is recorded: each thing that a dialect has a form
/// of its own for, as small as it can be.
package enum CanonicalChats {
    package struct Entry: Sendable {
        package let name: String
        /// A sentence for the recording.
        package let about: String
        package let action: @Sendable (_ model: String) -> ProviderOrder.Action
    }

    package static let all: [Entry] = [
        Entry(name: "models", about: "The list of models.") { _ in .models },
        Entry(name: "model", about: "What is said of one model.") { .model($0) },
        chat("text", "A short answer.") { _ in },
        chat("thinking", "An answer after some thinking.") { order in
            order.messages = [ChatMessage(.user, "How much is 17 times 23?")]
            order.thinking = .low
        },
        chat("call", "The call of a tool.") { order in
            order.messages = [ChatMessage(.user, "What is the weather of Paris?")]
            order.tools = [weather]
            order.toolChoice = .required
        },
        chat("calls", "The calls of two tools.") { order in
            order.messages = [
                ChatMessage(.user, "Tell me the weather of Paris, and the time there.")
            ]
            order.tools = [weather, time]
            order.toolChoice = .required
        },
        chat("result", "An answer to the result of a tool.") { order in
            let call = ChatToolCall(
                id: "call_1", name: weather.name, arguments: ["city": "Paris"])
            order.messages = [
                ChatMessage(.user, "What is the weather of Paris?"),
                ChatMessage(.assistant, [.toolCall(call)]),
                ChatMessage(
                    .tool,
                    [
                        .toolResult(
                            ChatToolResult(
                                call: call.id, name: call.name, text: "Sunny, 21 degrees."))
                    ]),
            ]
            order.tools = [weather]
        },
        chat("json", "An answer that keeps to a schema.") { order in
            order.messages = [ChatMessage(.user, "Name a city of France, and its people.")]
            order.answerSchema = [
                "type": "object",
                "properties": ["city": ["type": "string"], "people": ["type": "integer"]],
                "required": ["city", "people"], "additionalProperties": false,
            ]
        },
        chat("image", "What is in a picture.") { order in
            order.messages = [
                ChatMessage(.user, [.text("Which colour is this?"), .image(redDot)])
            ]
        },
        chat("length", "An answer that meets its limit.") { order in
            order.messages = [ChatMessage(.user, "Count to a hundred.")]
            order.tokensMax = 16
        },
        Entry(name: "tokens", about: "A count of tokens.") { .tokens(basic($0)) },
        Entry(name: "no-model", about: "A model that there is not.") { _ in
            .chat(basic("no-such-model"))
        },
    ]

    private static func chat(
        _ name: String, _ about: String, _ change: @escaping @Sendable (inout ChatOrder) -> Void
    ) -> Entry {
        Entry(name: name, about: about) { model in
            var order = basic(model)
            change(&order)
            return .chat(order)
        }
    }

    /// What is recorded is replayed at every split of its bytes: it should be short.
    private static let tokensMax = 80

    private static func basic(_ model: String) -> ChatOrder {
        var order = ChatOrder(
            model: model,
            messages: [
                ChatMessage(.system, "Answer in one sentence."),
                ChatMessage(.user, "What is the capital of France?"),
            ])
        order.tokensMax = tokensMax
        return order
    }

    private static let weather = ChatTool(
        name: "weather.get", about: "Tells the weather of a city.",
        schema: [
            "type": "object", "properties": ["city": ["type": "string"]], "required": ["city"],
        ])
    private static let time = ChatTool(
        name: "clock.time", about: "Tells what time it is in a city.",
        schema: [
            "type": "object", "properties": ["city": ["type": "string"]], "required": ["city"],
        ])
    /// A PNG of one red point.
    private static let redDot = ChatImage(
        mediaType: "image/png",
        base64: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAF"
            + "AAH/iZk9HQAAAABJRU5ErkJggg==")
}
