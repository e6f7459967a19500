/// The module did what the contract forbids: which function, which call, what.
public struct ContractViolation: Error, Sendable, CustomStringConvertible {
    public let sentences: [String]

    public var description: String { sentences.joined(separator: "; ") }
}

/// The test asked for something that the module does not have.
public struct TestHostError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
