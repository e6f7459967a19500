package import ModuleChat
import ModuleJSON

extension ServerComplaint {
    /// The first rule that fits says what kind of failure it is: the vendor's, then the common.
    package func failure(_ rules: [FailureRule] = []) -> ChatFailure {
        let names = words.joined(separator: " ").lowercased()
        let sentence = message.lowercased()
        let rule = (rules + FailureRule.common).first { $0.fits(status, names, sentence) }
        let kind = rule?.kind ?? .server
        let advice = rule?.advice ?? Self.advice(kind)
        return ChatFailure(
            kind, [self.sentence(kind), advice].filter { !$0.isEmpty }.joined(separator: "; "),
            retryAfterSeconds: RetryTime.seconds(self, kind))
    }

    private func sentence(_ kind: ChatFailure.Kind) -> String {
        let said = Sentence.shortened(message)
        if kind == .contextTooLong, let numbers, !said.contains(where: \.isNumber) {
            return said.isEmpty ? numbers : "\(said) (\(numbers))"
        }
        guard said.isEmpty else { return said }
        guard let status else { return "the server broke off with an error that it does not name" }
        let meaning = Self.meanings[status].map { " (\($0))" } ?? ""
        return "the server answered with the status \(status)\(meaning) and no reason"
    }

    /// What llama-server says beside its sentence.
    private var numbers: String? {
        guard let chat = details["n_prompt_tokens"]?.integer, let window = details["n_ctx"]?.integer
        else { return nil }
        return "the chat takes \(chat) tokens, and the window has \(window)"
    }

    private static func advice(_ kind: ChatFailure.Kind) -> String {
        switch kind {
        case .authentication: "check the key of this provider"
        case .quota: "look at the plan and the credit there, or choose another model"
        case .contextTooLong: "shorten the chat, or choose a model with a larger window"
        case .modelNotFound: "choose one of the models that it lists"
        case .blocked: "the provider's filter refused it: say it differently"
        default: ""
        }
    }

    private static let meanings = [
        400: "bad request", 401: "not authorised", 403: "forbidden", 404: "not found",
        405: "method not allowed", 408: "request timed out", 413: "request too large",
        429: "too many requests", 500: "internal error", 501: "not implemented", 502: "bad gateway",
        503: "unavailable", 504: "gateway timed out", 505: "HTTP version not supported",
        529: "overloaded",
    ]
}
