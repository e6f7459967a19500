package import ModuleChat

/// Which models the configuration offers. A value.
package struct ModelSetup: Sendable {
    /// By name.
    package var endpoints: [String: ModelEndpoint] = [:]
    /// Why a provider of the configuration cannot be used, by name.
    package var problems: [String: String] = [:]
    /// What a person should mend at one that can be used, by name.
    package var warnings: [String: String] = [:]
    /// Models that the configuration lists instead of the server, by provider.
    package var listed: [String: [String]] = [:]
    /// `[models.<name>]`, by name.
    package var aliases: [String: ModelAlias] = [:]
    package var standard: String?
    package var fallback: [String] = []

    package init() {}
}

/// A name of the user's own for a model.
package struct ModelAlias: Sendable, Hashable {
    package var place: Place
    package var fallback: [String]
    package var answerTokensMax: Int?

    package enum Place: Sendable, Hashable {
        case reference(ModelReference)
        /// Run by the kernel itself, under the alias.
        case local
    }

    package init(_ place: Place, fallback: [String] = [], answerTokensMax: Int? = nil) {
        self.place = place
        self.fallback = fallback
        self.answerTokensMax = answerTokensMax
    }
}

/// No model has that name, or none was chosen.
package struct ModelNotFound: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// A model as it is listed.
package struct ModelListing: Sendable, Hashable {
    package var reference: ModelReference
    /// The user's own name for it.
    package var alias: String?
    package var info: ModelInfo
    package var isStandard = false
    package var isLocal = false

    package init(_ reference: ModelReference, _ info: ModelInfo) {
        self.reference = reference
        self.info = info
    }
}
