package import ModuleChat
package import ModuleProviderKit

/// Reads an answer that is no success: one failure, whatever the body is.
package struct RefusalReader: AnswerReader {
    private let head: AnswerHead
    private let rules: [FailureRule]
    private var gate = EventGate()

    /// `rules` are the vendor's own; the common ones follow them.
    package init(_ head: AnswerHead, rules: [FailureRule] = []) {
        self.head = head
        self.rules = rules
    }

    package mutating func read(_ piece: [UInt8], _ emit: Emit) {
        gate.fail(ServerComplaint(head, body: piece).failure(rules), emit)
    }

    /// An answer without a body says what its status says.
    package mutating func close(isWhole: Bool, _ emit: Emit) {
        gate.fail(ServerComplaint(head, body: []).failure(rules), emit)
    }
}
