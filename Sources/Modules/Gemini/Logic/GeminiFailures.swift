import ModuleChat
import ModuleJSON
import ProviderSupport

/// How Google names what went wrong: a `google.rpc.Status` with details.
enum GeminiFailures {
    static func failure(_ complaint: ServerComplaint) -> ChatFailure {
        complaint.failure(rules(complaint))
    }

    static func rules(_ complaint: ServerComplaint) -> [FailureRule] {
        (isLongTerm(complaint) ? [FailureRule([429], says: ["resource_exhausted"], .quota)] : [])
            + rules
    }

    private static let rules: [FailureRule] = [
        // Google speaks of quota and billing in any refusal for too many requests.
        FailureRule([429], .rateLimit),
        FailureRule(says: ["resource_exhausted"], .rateLimit),
        FailureRule(
            [400, 403],
            says: ["api key not valid", "api key not found", "api key expired", "api_key_invalid"],
            .authentication),
        FailureRule(
            [400],
            says: ["input token count", "maximum number of tokens"], .contextTooLong),
        FailureRule(
            [400, 413], says: ["payload size exceeds"], .contextTooLong,
            advice: "leave out images or old parts of the chat"),
        FailureRule([400], says: ["enable billing", "billing account"], .quota),
        FailureRule([400], says: ["location is not supported"], .badRequest),
        FailureRule(says: ["unauthenticated", "permission_denied"], .authentication),
        FailureRule(says: ["not_found"], .modelNotFound),
        FailureRule(says: ["invalid_argument", "failed_precondition"], .badRequest),
        FailureRule(says: ["unavailable"], .overloaded),
        FailureRule(says: ["deadline_exceeded", "internal"], .server),
    ]

    /// A limit for a day, or of nothing at all, does not pass within this chat.
    private static func isLongTerm(_ complaint: ServerComplaint) -> Bool {
        if complaint.message.contains("limit: 0") { return true }
        for detail in complaint.details["details"]?.array ?? [] {
            for violation in detail["violations"]?.array ?? [] {
                let quota = violation["quotaId"]?.string ?? violation["quotaMetric"]?.string ?? ""
                if quota.contains("PerDay") || quota.contains("per_day") { return true }
            }
        }
        return false
    }
}
