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
    /// Types of images, such as `image/png`; nil: those that its provider takes.
    public var imageTypes: [String]?
    public var takesTools: Bool?
    public var thinks: Bool?
    /// In US dollars for a million tokens.
    public var inputPrice: Double?
    public var outputPrice: Double?

    public init(id: String) {
        self.id = id
    }

    private static let nameBytesMax = 256
    /// No model's window comes near it.
    private static let tokensMax = 1_000_000_000
    private static let priceMax = 1_000_000.0

    /// What a server says is believed within reason: a name that nobody can type makes no model,
    /// and a number out of all bounds is unknown.
    public init(_ json: JSON) throws(ChatReadingError) {
        let reader = try ChatReader(json, "model")
        self.init(id: try reader.text("id"))
        guard Self.isName(id) else {
            throw reader.error(
                "id", "must have 1 to \(Self.nameBytesMax) bytes without control characters")
        }
        name = try reader.optionalText("name").flatMap { Self.isName($0) ? $0 : nil }
        windowTokens = Self.tokens(json["windowTokens"])
        answerTokensMax = Self.tokens(json["answerTokensMax"])
        takesImages = json["takesImages"]?.bool
        imageTypes = json["imageTypes"]?.array?.compactMap(\.string)
        takesTools = json["takesTools"]?.bool
        thinks = json["thinks"]?.bool
        inputPrice = Self.price(json["inputPrice"])
        outputPrice = Self.price(json["outputPrice"])
    }

    private static func isName(_ text: String) -> Bool {
        (1...nameBytesMax).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    private static func tokens(_ json: JSON?) -> Int? {
        json?.integer.flatMap { (1...Int64(tokensMax)).contains($0) ? Int($0) : nil }
    }

    private static func price(_ json: JSON?) -> Double? {
        // No number that is none is within the range.
        json?.number.flatMap { (0...priceMax).contains($0) ? $0 : nil }
    }

    public var json: JSON {
        var object: JSONObject = ["id": .string(id)]
        if let name { object["name"] = .string(name) }
        if let windowTokens { object["windowTokens"] = .integer(Int64(windowTokens)) }
        if let answerTokensMax { object["answerTokensMax"] = .integer(Int64(answerTokensMax)) }
        if let takesImages { object["takesImages"] = .bool(takesImages) }
        if let imageTypes { object["imageTypes"] = .array(imageTypes.map { .string($0) }) }
        if let takesTools { object["takesTools"] = .bool(takesTools) }
        if let thinks { object["thinks"] = .bool(thinks) }
        if let inputPrice { object["inputPrice"] = .number(inputPrice) }
        if let outputPrice { object["outputPrice"] = .number(outputPrice) }
        return .object(object)
    }
}
