public import ModuleJSON

/// What a provider is to have its server do.
public struct ProviderOrder: Sendable, Hashable {
    public var action: Action
    public var server: ProviderServer

    public enum Action: Sendable, Hashable {
        case chat(ChatOrder)
        /// How many tokens the chat takes, as the server counts.
        case tokens(ChatOrder)
        case models
        /// Which models the server has in memory.
        case running
        /// What is known of one model.
        case model(String)
        case pull(String)
        case load(String)
        case unload(String)
    }

    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case chat
        case tokens
        case models
        case running
        case model
        case pull
        case load
        case unload
    }

    public init(_ action: Action, at server: ProviderServer) {
        self.action = action
        self.server = server
    }

    public var kind: Kind {
        switch action {
        case .chat: .chat
        case .tokens: .tokens
        case .models: .models
        case .running: .running
        case .model: .model
        case .pull: .pull
        case .load: .load
        case .unload: .unload
        }
    }

    public init(_ json: JSON) throws(ChatReadingError) {
        let reader = try ChatReader(json, "order")
        server = try ProviderServer(ChatReader(json["server"] ?? .null, "order.server"))
        action =
            switch try reader.choice("kind", of: Kind.self) {
            case .chat: .chat(try ChatOrder(json["chat"] ?? .null))
            case .tokens: .tokens(try ChatOrder(json["chat"] ?? .null))
            case .models: .models
            case .running: .running
            case .model: .model(try reader.text("model"))
            case .pull: .pull(try reader.text("model"))
            case .load: .load(try reader.text("model"))
            case .unload: .unload(try reader.text("model"))
            }
    }

    public var json: JSON {
        var object: JSONObject = ["kind": .string(kind.rawValue), "server": server.json]
        switch action {
        case .chat(let order), .tokens(let order): object["chat"] = order.json
        case .models, .running: break
        case .model(let id), .pull(let id), .load(let id), .unload(let id):
            object["model"] = .string(id)
        }
        return .object(object)
    }
}

/// The server that is asked, as the configuration has it.
public struct ProviderServer: Sendable, Hashable {
    /// Which of the provider's presets it is.
    public var preset: String
    /// Without a slash at its end.
    public var base: String
    /// There is a key, which takes the place of `ProviderRequest.key` in a header.
    public var hasKey: Bool
    public var options: JSONObject

    public init(preset: String, base: String, hasKey: Bool = false, options: JSONObject = [:]) {
        self.preset = preset
        self.base = base
        self.hasKey = hasKey
        self.options = options
    }

    init(_ reader: ChatReader) throws(ChatReadingError) {
        self.init(
            preset: try reader.text("preset"), base: try reader.text("base"),
            hasKey: try reader.flag("hasKey"),
            options: reader.json["options"]?.object ?? [:])
    }

    var json: JSON {
        [
            "preset": .string(preset), "base": .string(base), "hasKey": .bool(hasKey),
            "options": .object(options),
        ]
    }
}
