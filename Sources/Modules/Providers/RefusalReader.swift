package import ModuleChat
package import ModuleProviderKit

/// Reads an answer that is no success: one failure, whatever the body is.
package struct RefusalReader: AnswerReader {
    private let head: AnswerHead
    private let rules: Rules
    private var gate = EventGate()

    package typealias Rules = @Sendable (ServerComplaint) -> [FailureRule]

    /// `rules` are the vendor's own; the common ones follow them.
    package init(_ head: AnswerHead, rules: [FailureRule] = []) {
        self.init(head) { _ in rules }
    }

    /// `rules` may depend on what the server says.
    package init(_ head: AnswerHead, rules: @escaping Rules) {
        self.head = head
        self.rules = rules
    }

    package mutating func read(_ piece: [UInt8], _ emit: Emit) {
        fail(piece, emit)
    }

    /// An answer without a body says what its status says.
    package mutating func close(isWhole: Bool, _ emit: Emit) {
        fail([], emit)
    }

    private mutating func fail(_ body: [UInt8], _ emit: Emit) {
        let complaint = ServerComplaint(head, body: body)
        gate.fail(complaint.failure(rules(complaint)), emit)
    }
}
