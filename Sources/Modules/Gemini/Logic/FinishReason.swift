import ModuleChat
import ProviderSupport

/// Why Gemini stopped, or did not begin.
enum FinishReason {
    static func finish(
        _ reason: String, _ message: String?, hasCalls: Bool
    ) throws(ChatFailure) -> ChatFinish {
        if let failure = failures[reason] { throw ChatFailure(.malformed, told(failure, message)) }
        if let filter = filters[reason] {
            return ChatFinish(.filtered, detail: told(filter, message))
        }
        switch reason {
        case "STOP": return ChatFinish(hasCalls ? .toolCalls : .stop)
        case "MAX_TOKENS":
            return ChatFinish(.length, detail: told("the limit of tokens is reached", message))
        case "LANGUAGE":
            return ChatFinish(
                .other, detail: told("the model does not speak this language", message))
        case "OTHER", "FINISH_REASON_UNSPECIFIED":
            return ChatFinish(.other, detail: told("Google gives no reason", message))
        default: return ChatFinish(.other, detail: told(Sentence.shortened(reason), message))
        }
    }

    /// The prompt itself was refused: there is no answer.
    static func refusal(_ reason: String, _ message: String?) -> ChatFailure {
        let filter = filters[reason] ?? "Google gives no reason (\(Sentence.shortened(reason)))"
        return ChatFailure(
            .blocked,
            "Google refused what it was asked: \(told(filter, message)); say it differently, or"
                + " choose another model")
    }

    private static func told(_ sentence: String, _ message: String?) -> String {
        let message = Sentence.shortened(message ?? "")
        return message.isEmpty ? sentence : "\(sentence): \(message)"
    }

    private static let filters = [
        "SAFETY": "its safety filter was hit",
        "RECITATION": "it would repeat a text that may be protected",
        "BLOCKLIST": "it has words that are not allowed",
        "PROHIBITED_CONTENT": "it has content that is prohibited",
        "SPII": "it may have personal data of somebody",
        "IMAGE_SAFETY": "its safety filter for images was hit",
        "IMAGE_PROHIBITED_CONTENT": "it has an image with content that is prohibited",
        "IMAGE_RECITATION": "it would repeat an image that may be protected",
        "MODEL_ARMOR": "the filter of the project was hit",
        "JAILBREAK": "it looks like an attempt to get around the filter",
    ]

    /// The answer cannot be used; asked again, the model may do better.
    private static let failures = [
        "MALFORMED_FUNCTION_CALL": "the model called a tool in a way that Gemini could not read",
        "UNEXPECTED_TOOL_CALL": "the model called a tool that it does not have",
        "TOO_MANY_TOOL_CALLS": "the model called too many tools in a row",
        "MALFORMED_RESPONSE": "the model answered in a way that Gemini could not read",
        "MISSING_THOUGHT_SIGNATURE": "Gemini misses the signature of a thought in the chat",
    ]
}
