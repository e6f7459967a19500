import KernelDatabase
import KernelStore

/// Adds messages to a chat, within one unit of work.
struct ChatWriter {
    private let chat: ChatRecord
    private let revision: Int64
    private var count = 0
    private var bytes = 0
    private var touched: Moment
    private var opening: String?
    /// What was spent was spent somewhere else.
    var isAdopting = false

    init(_ chat: ChatRecord, _ transaction: borrowing Transaction) throws {
        self.chat = chat
        revision = try transaction.revise(chat.id)
        touched = chat.touched
    }

    mutating func insert(
        _ checked: CheckedMessage, behind parent: MessageNode?,
        _ transaction: borrowing Transaction
    ) throws -> MessageNode {
        let message = checked.message
        let created = message.created ?? .now
        let depth = (parent?.depth ?? 0) + 1
        let jump = try parent.map { try transaction.jump(behind: $0) }
        let number = try transaction.first(
            Self.insertion,
            [
                .integer(chat.id.number), .optional(parent?.number), .integer(depth),
                .optional(jump),
                .integer(MessageRow.roles.firstIndex(of: message.role) ?? 0),
                .integer(message.kind.rawValue), .optional(message.turn?.number),
                .integer(message.state.rawValue), .text(message.author),
                .integer(created.milliseconds),
                .optional(
                    message.state == .open ? nil : (message.ended ?? created).milliseconds),
                .optional(message.finish), .optional(message.covers?.number), .integer(revision),
            ]
        ) { $0.integer(0) }
        let id = MessageID(number: number ?? 0)
        for (place, part) in checked.parts.enumerated() {
            try transaction.insert(part, as: PartID(id, place))
        }
        if let spending = message.spending {
            var entry = SpendingEntry(spending, at: message.ended ?? created, chat: chat.id)
            entry.turn = message.turn ?? id
            entry.message = id
            try transaction.insert(entry, isAdopted: isAdopting)
        }
        count += 1
        bytes += checked.textBytes
        touched = max(touched, created)
        if chat.opening.isEmpty { opening = opening ?? checked.opening }
        return MessageNode(
            number: id.number, chat: chat.id.number, parent: parent?.number, depth: depth,
            jump: jump, state: message.state.rawValue)
    }

    /// The number of a turn's first message is that turn's.
    private static let insertion = """
        INSERT INTO message (chat, parent, depth, jump, role, kind, turn, state, author, created,
            ended, finish, covers, revision)
        VALUES (?, ?, ?, ?, ?, ?,
            coalesce(?, (SELECT seq + 1 FROM sqlite_sequence WHERE name = 'message'), 1),
            ?, ?, ?, ?, ?, ?, ?) RETURNING number
        """

    func finish(head: MessageID?, _ transaction: borrowing Transaction) throws {
        try transaction.run(
            """
            UPDATE chat SET head = ?, touched = ?, messages = messages + ?, bytes = bytes + ?
            WHERE number = ?
            """, .optional(head?.number), .integer(touched.milliseconds), .integer(count),
            .integer(bytes), .integer(chat.id.number))
        if let opening { try transaction.setOpening(opening, of: chat.id) }
    }
}
