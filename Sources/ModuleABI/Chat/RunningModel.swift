public import ModuleJSON

/// A model that a server has in memory now.
public struct RunningModel: Sendable, Hashable {
    /// All that requests may call it.
    public var names: [String]
    /// What it was loaded with, which may be less than it could take.
    public var windowTokens: Int?
    public var memoryBytes: Int?

    public init(names: [String], windowTokens: Int? = nil, memoryBytes: Int? = nil) {
        self.names = names
        self.windowTokens = windowTokens
        self.memoryBytes = memoryBytes
    }

    public init(_ json: JSON) throws(ChatReadingError) {
        let reader = try ChatReader(json, "running")
        self.init(
            names: (json["names"]?.array ?? []).compactMap(\.string),
            windowTokens: try reader.count("windowTokens"),
            memoryBytes: try reader.count("memoryBytes"))
        guard !names.isEmpty else { throw reader.error("names", "must not be empty") }
    }

    public var json: JSON {
        var object: JSONObject = ["names": .array(names.map { .string($0) })]
        if let windowTokens { object["windowTokens"] = .integer(Int64(windowTokens)) }
        if let memoryBytes { object["memoryBytes"] = .integer(Int64(memoryBytes)) }
        return .object(object)
    }
}
