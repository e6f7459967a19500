public import ModuleJSON

/// What a provider is and what it can be asked.
public struct ProviderDescription: Sendable, Hashable {
    /// For people.
    public var name: String
    /// The language that its servers speak; seals go back to whoever speaks the same.
    public var dialect: String
    /// The servers that it knows. The first is meant where the configuration names none.
    public var presets: [ProviderPreset]
    /// What it can carry out.
    public var orders: [ProviderOrder.Kind]
    /// The types of images that its servers take, such as `image/png`; nil: any.
    public var imageTypes: [String]?
    /// The JSON Schema of `options` in the table of a provider.
    public var optionsSchema: JSONObject

    public init(
        name: String, dialect: String, presets: [ProviderPreset],
        orders: [ProviderOrder.Kind] = [.chat, .models], imageTypes: [String]? = nil,
        optionsSchema: JSONObject = [:]
    ) {
        self.name = name
        self.dialect = dialect
        self.presets = presets
        self.orders = orders
        self.imageTypes = imageTypes
        self.optionsSchema = optionsSchema
    }

    public init(_ json: JSON) throws(ChatReadingError) {
        let reader = try ChatReader(json, "")
        self.init(
            name: try reader.text("name"), dialect: try reader.text("dialect"),
            presets: try reader.list("presets") { preset throws(ChatReadingError) in
                try ProviderPreset(preset)
            })
        orders = (json["orders"]?.array ?? []).compactMap { order in
            order.string.flatMap(ProviderOrder.Kind.init)
        }
        imageTypes = json["imageTypes"]?.array?.compactMap(\.string)
        if json["optionsSchema"] != nil { optionsSchema = try reader.object("optionsSchema") }
        guard !presets.isEmpty else { throw reader.error("presets", "must not be empty") }
    }

    public var json: JSON {
        var object: JSONObject = [
            "name": .string(name), "dialect": .string(dialect),
            "presets": .array(presets.map(\.json)),
            "orders": .array(orders.map { .string($0.rawValue) }),
            "optionsSchema": .object(optionsSchema),
        ]
        if let imageTypes { object["imageTypes"] = .array(imageTypes.map { .string($0) }) }
        return .object(object)
    }
}

/// A server that a provider knows by name, and how it differs from the others.
public struct ProviderPreset: Sendable, Hashable {
    /// As the configuration and the names of models write it: `deepseek`.
    public var id: String
    public var name: String
    /// The address that requests begin with, without a slash at its end.
    public var base: String
    /// The environment variables that people keep its key in, the usual one first. None: it takes
    /// no key.
    public var keyVariables: [String]
    /// It answers without a key as well.
    public var keyIsOptional: Bool
    /// What is known of its models where the server does not say. An id may end with `*`.
    public var models: [ModelInfo]

    public init(
        id: String, name: String, base: String, keyVariables: [String] = [],
        keyIsOptional: Bool = false, models: [ModelInfo] = []
    ) {
        self.id = id
        self.name = name
        self.base = base
        self.keyVariables = keyVariables
        self.keyIsOptional = keyIsOptional
        self.models = models
    }

    /// What is known of the model: of its very name, or of the longest beginning that fits.
    public func model(_ id: String) -> ModelInfo? {
        let known = models.filter { model in
            model.id.hasSuffix("*") ? id.hasPrefix(model.id.dropLast()) : model.id == id
        }
        guard var best = known.max(by: { $0.id.utf8.count < $1.id.utf8.count }) else { return nil }
        best.id = id
        return best
    }

    init(_ reader: ChatReader) throws(ChatReadingError) {
        self.init(
            id: try reader.text("id"), name: try reader.text("name"),
            base: try reader.text("base"),
            keyVariables: (reader.json["keyVariables"]?.array ?? []).compactMap(\.string),
            keyIsOptional: try reader.flag("keyIsOptional"),
            models: try reader.list("models") { model throws(ChatReadingError) in
                try ModelInfo(model.json)
            })
    }

    var json: JSON {
        [
            "id": .string(id), "name": .string(name), "base": .string(base),
            "keyVariables": .array(keyVariables.map { .string($0) }),
            "keyIsOptional": .bool(keyIsOptional), "models": .array(models.map(\.json)),
        ]
    }
}
