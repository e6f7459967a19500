/// The result of a task that returns neither text nor JSON.
public struct Bytes: Sendable, Hashable {
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}
