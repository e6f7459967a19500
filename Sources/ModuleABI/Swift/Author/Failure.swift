/// A failure with a sentence for a person: what failed, where, and what can be done.
/// Every other error becomes a failure with its description.
public struct Failure: Error, Sendable, CustomStringConvertible {
    public let message: String
    public let status: Status

    public init(_ message: String, _ status: Status = .failed) {
        self.message = message
        self.status = status
    }

    public var description: String { message }

    public enum Status: Int32, Sendable, CaseIterable {
        /// The operation itself failed.
        case failed = -1
        /// The arguments or the configuration are wrong; the message names the field.
        case invalid = -2
        /// What was asked for does not exist.
        case notFound = -3
        /// A permission or an allowed root is missing; the message names it.
        case denied = -4
        /// The call was cancelled and stopped because of it.
        case cancelled = -5
        /// The deadline passed.
        case deadline = -6
        /// It cannot be done now, but may be tried again later.
        case busy = -7
        /// This machine, this build or this revision cannot do it.
        case unsupported = -8
        /// A limit was exceeded: size, count or rate.
        case limit = -9
        /// The host used the module in a way that the contract forbids.
        case misuse = -10
    }
}
