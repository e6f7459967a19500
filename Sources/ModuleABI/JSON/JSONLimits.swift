/// How much a JSON text may ask of its reader. Beyond a limit the text is refused.
public struct JSONLimits: Sendable {
    /// Arrays and objects inside each other.
    public var depth: Int
    public var bytes: Int

    public init(depth: Int = 128, bytes: Int = 64 << 20) {
        self.depth = depth
        self.bytes = bytes
    }

    public static let standard = JSONLimits()
}
