import ModuleChat
import ProviderSupport

extension OpenAI {
    /// What servers of this dialect say that others do not. The common rules follow.
    static let failureRules: [FailureRule] = [
        FailureRule(
            [503], says: ["loading model"], .overloaded,
            advice: "the server still loads the model"),
        FailureRule(
            [413, 429], says: ["request too large", "too large for model"], .contextTooLong,
            advice: "the chat is larger than what the plan allows in one minute"),
        FailureRule(
            [400, 500], says: ["image input is not supported", "does not support image"],
            .badRequest, advice: "this model sees no images"),
        FailureRule(
            [400, 500], says: ["jinja", "chat template", "chat_template"], .badRequest,
            advice: "the chat template of the model does not take this chat"),
        FailureRule([498], .overloaded),
    ]
}
