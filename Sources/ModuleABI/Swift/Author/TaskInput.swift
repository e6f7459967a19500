public import ModuleJSON

/// What the method of a task can take. `Arguments` and `[UInt8]` do; there is no need for others.
public protocol TaskArguments: Sendable {
    static var taskShape: TaskInput.Shape { get }
    static func taken(from input: TaskInput) throws -> Self
}

/// The arguments of one call as they arrived.
public enum TaskInput: Sendable {
    case json(JSON)
    case bytes([UInt8])

    /// What a task takes.
    public enum Shape: Sendable {
        case nothing
        case bytes
        /// Worked out only for the manifest.
        case arguments(@Sendable () -> ArgumentsShape)
    }
}

/// What a task returned.
enum TaskReply: Sendable {
    case none
    case text(String)
    case json(JSON)
    case bytes([UInt8])

    enum Kind: Sendable {
        case text
        case json
        case bytes

        /// As the manifest writes it.
        var name: String {
            switch self {
            case .text: "text"
            case .json: "json"
            case .bytes: "bytes"
            }
        }
    }
}

/// A task that takes `[UInt8]` accepts bytes of any kind.
extension Array: TaskArguments where Element == UInt8 {
    public static var taskShape: TaskInput.Shape { .bytes }

    public static func taken(from input: TaskInput) throws -> [UInt8] {
        switch input {
        case .bytes(let bytes): bytes
        case .json(let json): json.serialized()
        }
    }
}
