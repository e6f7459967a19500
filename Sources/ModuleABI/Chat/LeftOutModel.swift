public import ModuleJSON

/// An entry of a server's list that is no model to ask: it says so in the list instead of a model.
public struct LeftOutModel: Error, Sendable, Hashable {
    /// As the server calls it; empty if it has no name.
    public var id: String
    /// What follows a number of such entries: `that are no models for chats`, `without a name`.
    public var reason: String

    public static let noName = "without a name"
    public static let noChat = "that are no models for chats"

    public init(id: String = "", _ reason: String) {
        self.id = id
        self.reason = reason
    }

    /// Nil if it is something else, such as a model.
    public init?(_ json: JSON) {
        guard let reason = json["leftOut"]?.string else { return nil }
        self.init(id: json["id"]?.string ?? "", reason)
    }

    public var json: JSON { ["id": .string(id), "leftOut": .string(reason)] }
}
