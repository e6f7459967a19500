import KernelBase

/// Who wants something done, and how far the chat is to be trusted.
package struct ApprovalSituation: Sendable, Hashable {
    package let client: String
    package let chat: Int64
    /// Text that a tool or a page brought in is in this turn: it may be what asks.
    package let isTainted: Bool

    package init(client: String, chat: Int64, isTainted: Bool) {
        self.client = client
        self.chat = chat
        self.isTainted = isTainted
    }
}

package enum ApprovalDecision: Sendable, Hashable {
    case allowed
    /// A person decides, who is told why.
    case asks([ApprovalReason])
}

/// May it be done without asking? Reads and writes of files within the ground may; the rest asks,
/// unless somebody has said before that it need not.
package struct ApprovalPolicy: Sendable {
    private let ground: ApprovalGround
    private let rules: [ApprovalRule]

    package init(_ ground: ApprovalGround, _ rules: [ApprovalRule]) {
        self.ground = ground
        self.rules = rules
    }

    package func decide(
        _ deed: ApprovalDeed, _ situation: ApprovalSituation
    ) -> ApprovalDecision {
        let objections = deed.files.compactMap { file in
            ground.objection(to: file).map { (file: file, reason: $0) }
        }
        let general = generalReasons(deed)
        let own = rules.filter { $0.isFor(deed, situation) }
        let isExact = own.contains { $0.pattern == .exactly(deed.arguments) }
        let open = objections.filter { !isAllowed($0.file, $0.reason, by: own) }.map(\.reason)
        // A rule about files is none about what else it does.
        let reasons = isExact ? [] : open + general
        guard reasons.isEmpty else { return .asks(reasons) }
        // Whoever wrote that text may want just what was allowed once for something else.
        let isSensitive = deed.goesOut || deed.isMemory || deed.risk == .danger
        return situation.isTainted && isSensitive ? .asks([.untrusted]) : .allowed
    }

    private func generalReasons(_ deed: ApprovalDeed) -> [ApprovalReason] {
        var reasons: [ApprovalReason] = []
        if deed.risk == .danger { reasons.append(.danger) }
        if deed.goesOut { reasons.append(.goesOut) }
        if deed.isMemory { reasons.append(.memory) }
        if deed.risk == .write, deed.files.isEmpty, reasons.isEmpty { reasons.append(.change) }
        return reasons
    }

    /// A rule opens what lies outside; what asks even inside is opened by no folder's rule.
    private func isAllowed(
        _ file: String, _ reason: ApprovalReason, by rules: [ApprovalRule]
    ) -> Bool {
        guard case .outside = reason else { return false }
        return rules.contains { rule in
            guard case .files(let folder) = rule.pattern else { return false }
            let widened = ApprovalGround(roots: [folder], own: ground.own, home: ground.home)
            return widened.objection(to: file) == nil
        }
    }
}
