package import ModuleChat

/// How a model can be made to call tools, if it can at all. A value without I/O.
package enum ActingWay: Sendable, Hashable {
    /// Tools are sent as the dialect has them.
    case tools
    /// The server holds the answer to a schema, in which calls are one of the choices.
    case schema
    /// It can answer, and do nothing.
    case none

    /// Servers that hold any model to a schema, by the module's preset: they constrain the choice
    /// of tokens, which asks nothing of the model. Others ask the model to keep to it.
    private static let constrainingPresets: Set<String> = ["llama-server", "ollama"]

    package init(_ info: ModelInfo, preset: String) {
        // Of whom it is not known: a server that cannot will say so.
        if info.takesTools ?? true {
            self = .tools
        } else {
            self = Self.constrainingPresets.contains(preset) ? .schema : .none
        }
    }

    /// What a person should know of it; nil if there is nothing to be known.
    package func sentence(about model: String) -> String? {
        switch self {
        case .tools: nil
        case .schema:
            "\(model) was not made for tools: the server holds it to the form of a call, and what "
                + "it calls may be odd"
        case .none: "\(model) cannot use tools: it can answer, and do nothing"
        }
    }
}
