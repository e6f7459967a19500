import ModuleChat
import ProviderSupport

/// How the API names what went wrong.
enum AnthropicFailures {
    static let rules: [FailureRule] = [
        // Credit and limits of spending come as ordinary bad requests.
        FailureRule(
            says: ["billing_error", "credit balance", "api usage limits", "workspace limit"],
            .quota),
        FailureRule(
            says: ["prompt is too long", "exceed context limit", "exceeds the context"],
            .contextTooLong),
        FailureRule(
            says: ["request_too_large"], .contextTooLong,
            advice: "leave out images or old parts of the chat"),
        FailureRule([404], says: ["model:"], .modelNotFound),
        FailureRule(says: ["authentication_error", "permission_error"], .authentication),
        FailureRule(says: ["rate_limit_error"], .rateLimit),
        FailureRule(says: ["overloaded_error"], .overloaded),
        FailureRule(says: ["timeout_error", "api_error"], .server),
        FailureRule(says: ["invalid_request_error"], .badRequest),
    ]
}
