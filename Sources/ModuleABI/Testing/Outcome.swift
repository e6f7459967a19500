public import ModuleJSON
public import ModuleKit

/// How a call ended.
public struct Outcome: Sendable, Equatable {
    /// Nil if the call went well.
    public var status: Failure.Status?
    public var kind: Kind = .text
    public var bytes: [UInt8] = []
    /// Why it failed.
    public var message = ""
    public var progress: [Progress] = []
    /// What came before the end, in order.
    public var outputs: [String] = []

    public enum Kind: UInt32, Sendable {
        case text = 1
        case json = 2
        case bytes = 3
    }

    public struct Progress: Sendable, Equatable {
        /// Nil if it could not be known.
        public var fraction: Double?
        public var note: String

        public init(_ fraction: Double?, _ note: String = "") {
            self.fraction = fraction
            self.note = note
        }
    }

    public var isOK: Bool { status == nil }
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Nil if the result is not JSON.
    public var json: JSON? { kind == .json ? try? JSON(parsing: bytes) : nil }
}
