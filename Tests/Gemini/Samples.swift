import GeminiLogic
import ModuleChat
import ModuleJSON
import ProviderTesting

enum Samples: ProviderSamples {
    static let provider = Gemini()
    static let model = "gemini-3.8-flash"
    static let server = ProviderServer(
        preset: "gemini", base: "https://generativelanguage.googleapis.com", hasKey: true)

    static func seal(
        _ signature: String, _ part: JSONObject = [:], _ model: String = "gemini-3.8-flash"
    ) -> ChatSeal {
        var value = part
        value["model"] = .string(model)
        value["signature"] = .string(signature)
        return ChatSeal(maker: "gemini", value: JSON.object(value).text)
    }
}
