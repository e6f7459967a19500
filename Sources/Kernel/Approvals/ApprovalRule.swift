import KernelBase
package import ModuleJSON

/// What somebody has allowed beyond the one time. It holds for him alone: no client's answer widens
/// another's.
package struct ApprovalRule: Sendable, Hashable {
    package let client: String
    package let task: String
    /// Nil: in every chat of the client.
    package let chat: Int64?
    package let pattern: Pattern

    package enum Pattern: Sendable, Hashable {
        /// Files in this folder, at any depth, but none that would ask even there.
        case files(in: String)
        /// These arguments and no others.
        case exactly(JSONObject)
    }

    package init(client: String, task: String, chat: Int64?, pattern: Pattern) {
        self.client = client
        self.task = task
        self.chat = chat
        self.pattern = pattern
    }

    /// What a person who says "always" or "in this chat" means: of one that touches files, the
    /// folder of each; of any other, the same again.
    package static func rules(
        for deed: ApprovalDeed, by client: String, in chat: Int64?
    ) -> [ApprovalRule] {
        let patterns: [Pattern] =
            deed.files.isEmpty || deed.risk == .danger
            ? [.exactly(deed.arguments)]
            : Set(deed.files.map(folder)).sorted().map { .files(in: $0) }
        return patterns.map {
            ApprovalRule(client: client, task: deed.task, chat: chat, pattern: $0)
        }
    }

    private static func folder(of file: String) -> String {
        let end = file.lastIndex(of: "/") ?? file.startIndex
        return end == file.startIndex ? "/" : String(file[..<end])
    }

    func isFor(_ deed: ApprovalDeed, _ situation: ApprovalSituation) -> Bool {
        client == situation.client && task == deed.task && (chat == nil || chat == situation.chat)
    }
}
