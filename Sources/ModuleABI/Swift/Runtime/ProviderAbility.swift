/// What a provider of models can do, in the form in which it crosses the boundary.
package struct ProviderAbility: Sendable {
    package let describe: @Sendable () throws -> [UInt8]
    package let encode: @Sendable (_ order: [UInt8]) throws -> [UInt8]
    package let open: @Sendable (_ order: [UInt8], _ head: [UInt8]) throws -> any AnswerReading

    package init(
        describe: @escaping @Sendable () throws -> [UInt8],
        encode: @escaping @Sendable (_ order: [UInt8]) throws -> [UInt8],
        open: @escaping @Sendable (_ order: [UInt8], _ head: [UInt8]) throws -> any AnswerReading
    ) {
        self.describe = describe
        self.encode = encode
        self.open = open
    }
}

/// Reads one answer. It is used by one thread at a time.
package protocol AnswerReading: Sendable {
    typealias Take = (_ kind: UInt32, _ index: UInt32, _ value: [UInt8]) -> Void

    mutating func read(_ piece: [UInt8], _ take: Take)
    mutating func close(isWhole: Bool, _ take: Take)
}
