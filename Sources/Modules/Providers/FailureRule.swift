package import ModuleChat
import ModuleJSON

/// One row of a table that tells failures apart.
package struct FailureRule: Sendable {
    /// None: any, and none at all.
    package let statuses: [Int]
    /// One of these is said, in small letters; none: anything.
    package let words: [String]
    /// The words are names of errors, and not to be looked for in sentences, which quote the chat.
    package let isNamed: Bool
    package let kind: ChatFailure.Kind
    /// What to do about it, in the place of the usual.
    package let advice: String?

    package init(
        _ statuses: [Int] = [], says words: [String] = [], _ kind: ChatFailure.Kind,
        advice: String? = nil, isNamed: Bool = false
    ) {
        self.statuses = statuses
        self.words = words
        self.kind = kind
        self.advice = advice
        self.isNamed = isNamed
    }

    func fits(_ status: Int?, _ names: String, _ sentence: String) -> Bool {
        let haystack = isNamed ? names : "\(names) \(sentence)"
        // What breaks a stream may have no status: then the words decide.
        if !statuses.isEmpty {
            guard let status else { return !words.isEmpty && saysOne(haystack) }
            guard statuses.contains(status) else { return false }
        }
        return words.isEmpty || saysOne(haystack)
    }

    private func saysOne(_ haystack: String) -> Bool {
        words.contains { haystack.contains($0) }
    }

    /// Holds for servers of every dialect.
    package static let common: [FailureRule] = [
        FailureRule(
            [400, 413, 422, 500],
            says: [
                "context_length_exceeded", "exceed_context_size", "maximum context length",
                "context window", "context size", "context length", "prompt is too long",
                "input is too long", "input length exceeds", "maximum number of tokens",
            ], .contextTooLong),
        FailureRule(
            [400, 401, 403],
            says: [
                "invalid_api_key", "api_key_invalid", "incorrect api key", "invalid api key",
                "api key not valid", "api key expired",
            ], .authentication),
        FailureRule(
            [400, 403],
            says: [
                "content_filter", "content_policy", "content management policy",
                "rejected by the safety system", "rejected as a result of our safety system",
                "requires moderation", "your input was flagged", "prompt was flagged",
            ], .blocked),
        FailureRule([400, 403], says: ["moderation", "flagged"], .blocked, isNamed: true),
        FailureRule([401], .authentication),
        FailureRule([402], .quota),
        FailureRule(
            [403, 429],
            says: [
                "insufficient_quota", "insufficient quota", "insufficient balance",
                "billing details", "billing_not_active", "billing hard limit",
                "credit balance", "insufficient credits", "more credits", "out of credits",
                "exceeded your current quota", "spending limit",
            ], .quota),
        FailureRule([429], .rateLimit),
        FailureRule(
            [400, 404, 422],
            says: [
                "model_not_found", "model not found", "model not exist", "unknown model",
                "invalid_model", "invalid model", "no such model", "not a valid model",
                "model: ",
            ], .modelNotFound),
        // "The model `x` does not exist", but not a page that lists paths with "models" in them.
        FailureRule(
            [404],
            says: ["the model ", "this model ", "model '", "model \"", "model `", "models/"],
            .modelNotFound),
        FailureRule([403], .authentication),
        FailureRule([404, 405], .badRequest, advice: "check the base_url of this provider"),
        FailureRule([503, 529], .overloaded),
        FailureRule(says: ["overloaded", "at capacity"], .overloaded),
        FailureRule([408], .server),
        FailureRule(Array(300..<400), .badRequest, advice: "check the base_url of this provider"),
        FailureRule(Array(400..<500), .badRequest),
        FailureRule([429], says: ["rate_limit", "rate limit"], .rateLimit),
    ]
}
