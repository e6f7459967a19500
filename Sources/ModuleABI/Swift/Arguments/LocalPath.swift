public import ModuleJSON

/// The path of a file or folder as an argument: `@Argument("The file.") var path: LocalPath`.
///
/// Its schema says `"format": "path"`, so that a relative path starts in the working folder of
/// whoever calls, wherever that is: the module is given a whole path then. One that begins with a
/// slash or a tilde comes as it was written, and so does a relative one of a caller whose working
/// folder is the module's own.
public struct LocalPath: ArgumentValue, Hashable, ExpressibleByStringLiteral {
    public let text: String

    @inlinable
    public init(_ text: String) {
        self.text = text
    }

    @inlinable
    public init(stringLiteral value: String) {
        self.init(value)
    }

    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    /// A path that does not depend on a working folder.
    public var isWhole: Bool { text.utf8.first == UInt8(ascii: "/") }

    public static func argumentSchema(in context: ArgumentSchemaContext) -> JSONObject {
        ["type": "string", "format": "path"]
    }

    public var argumentJSON: JSON? { .string(text) }
}
