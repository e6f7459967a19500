import AnthropicLogic
import ModuleChat
import ProviderTesting

enum Samples: ProviderSamples {
    static let provider = Anthropic()
    static let model = "claude-sonnet-4-5"
    static let server = ProviderServer(
        preset: "anthropic", base: "https://api.anthropic.com", hasKey: true)

    static func seal(_ value: String, of server: String = server.base) -> ChatSeal {
        ChatSeal(maker: "anthropic", value: "\(server) \(value)")
    }
}
