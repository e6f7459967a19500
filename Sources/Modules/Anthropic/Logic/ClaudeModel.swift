/// How one of Anthropic's models wants to be asked. It is told from the name, since a request is
/// made without asking the server; a name that is newer than this file means the newest kind.
struct ClaudeModel: Sendable, Hashable {
    let thinking: Thinking
    /// Newer models refuse a request that sets it.
    let takesTemperature: Bool
    /// Refuses thoughts after a change of what came before them, unless it is told to drop them.
    let bindsThoughts: Bool
    /// Answers by a schema without the detour of a tool.
    let takesAnswerSchema: Bool
    /// What is asked for where nobody says how long an answer may be: the API wants a number. The
    /// thoughts of models that think by themselves count as well.
    let answerTokens: Int

    enum Thinking: Sendable, Hashable {
        case never
        /// As many tokens as the request says; off unless it is asked for.
        case budget
        /// As much as the model finds right, by an effort; off unless it is asked for.
        case adaptive
        /// The same, and on unless it is refused.
        case adaptiveByDefault
        /// The same, and never off. These models refuse to be forced to call a tool.
        case always
    }

    init(_ name: String) {
        guard let version = Version(name) else {
            // A server of somebody else that speaks the same dialect.
            thinking = .budget
            takesTemperature = true
            bindsThoughts = false
            takesAnswerSchema = false
            answerTokens = 8192
            return
        }
        thinking = version.thinking
        takesTemperature = version.number < 407
        bindsThoughts = version.number >= 501
        takesAnswerSchema = version.number >= 405
        answerTokens =
            switch version.number {
            case ..<305: 4096
            case ..<307: 8192
            case ..<406: 16_000
            default: 32_000
            }
    }
}

/// `claude-opus-4-5-20251101`, `claude-3-7-sonnet-latest`, `anthropic/claude-sonnet-5`.
private struct Version {
    /// 405 is 4.5.
    let number: Int
    let family: Substring?

    private static let families: Set<Substring> = ["opus", "sonnet", "haiku", "fable", "mythos"]
    private static let newest = 9900

    init?(_ name: String) {
        let words = name.lowercased().split { "-./:@".contains($0) }
        guard let start = words.firstIndex(of: "claude") else { return nil }
        var numbers: [Int] = []
        for word in words[start...] {
            // A date is no version.
            if word.utf8.count <= 2, let number = Int(word) { numbers.append(number) }
        }
        let named = words.first { Self.families.contains($0) }
        family = named
        if let major = numbers.first {
            number = major * 100 + (numbers.count > 1 ? numbers[1] : 0)
        } else {
            number = Self.newest
        }
    }

    var thinking: ClaudeModel.Thinking {
        switch number {
        case ..<307: .never
        case ..<406: .budget
        case ..<500: .adaptive
        default:
            if family == "fable" || family == "mythos" || number >= 600 {
                .always
            } else if family == "opus" && number >= 505 {
                .always
            } else {
                .adaptiveByDefault
            }
        }
    }
}
