public import ModuleJSON

/// A model as its provider lists it; nil is unknown.
public struct ModelInfo: Sendable, Hashable {
    /// The name that requests use.
    public var id: String
    /// For people, if it is another.
    public var name: String?
    public var windowTokens: Int?
    public var answerTokensMax: Int?
    public var takesImages: Bool?
    public var takesTools: Bool?
    public var thinks: Bool?
    /// In US dollars for a million tokens.
    public var inputPrice: Double?
    public var outputPrice: Double?

    public init(id: String) {
        self.id = id
    }

    public init(_ json: JSON) throws(ChatReadingError) {
        let reader = try ChatReader(json, "model")
        self.init(id: try reader.text("id"))
        name = try reader.optionalText("name")
        windowTokens = try reader.count("windowTokens")
        answerTokensMax = try reader.count("answerTokensMax")
        takesImages = json["takesImages"]?.bool
        takesTools = json["takesTools"]?.bool
        thinks = json["thinks"]?.bool
        inputPrice = try reader.number("inputPrice")
        outputPrice = try reader.number("outputPrice")
    }

    public var json: JSON {
        var object: JSONObject = ["id": .string(id)]
        if let name { object["name"] = .string(name) }
        if let windowTokens { object["windowTokens"] = .integer(Int64(windowTokens)) }
        if let answerTokensMax { object["answerTokensMax"] = .integer(Int64(answerTokensMax)) }
        if let takesImages { object["takesImages"] = .bool(takesImages) }
        if let takesTools { object["takesTools"] = .bool(takesTools) }
        if let thinks { object["thinks"] = .bool(thinks) }
        if let inputPrice { object["inputPrice"] = .number(inputPrice) }
        if let outputPrice { object["outputPrice"] = .number(outputPrice) }
        return .object(object)
    }
}
