import KernelDatabase
import KernelStore
import ModuleChat

/// A message's row, read and written.
enum MessageRow {
    /// In the order in which `record` reads them.
    static let columns = """
        message.number, message.chat, parent, depth, role, kind, message.turn, state, author, \
        created, ended, finish, covers, revision, model, input, cached, output, thinking, micros, \
        currency
        """
    static let tables = "message LEFT JOIN spending ON spending.message = message.number"

    /// The numbers are in the database: they never change.
    static let roles: [ChatRole] = [.system, .user, .assistant, .tool]

    /// Without its parts.
    static func record(_ row: borrowing Row) throws -> MessageRecord {
        guard roles.indices.contains(Int(row.integer(4))),
            let kind = MessageKind(rawValue: row.integer(5)),
            let state = MessageState(rawValue: row.integer(7))
        else {
            throw StoreError(.damaged, "message \(row.integer(0)) is of an unknown kind.")
        }
        return MessageRecord(
            id: MessageID(number: row.integer(0)), chat: ChatID(number: row.integer(1)),
            parent: row.optionalInteger(2).map { MessageID(number: $0) },
            depth: Int(row.integer(3)), role: roles[Int(row.integer(4))], kind: kind,
            turn: MessageID(number: row.integer(6)), state: state, author: row.text(8),
            created: Moment(milliseconds: row.integer(9)),
            ended: row.optionalInteger(10).map { Moment(milliseconds: $0) },
            finish: row.optionalText(11),
            covers: row.optionalInteger(12).map { MessageID(number: $0) },
            revision: row.integer(13), spending: spending(row), parts: [])
    }

    private static func spending(_ row: borrowing Row) -> Spending? {
        guard let model = row.optionalText(14) else { return nil }
        let tokens = ChatUsage(
            input: row.optionalInteger(15).map { Int($0) },
            cached: row.optionalInteger(16).map { Int($0) },
            output: row.optionalInteger(17).map { Int($0) },
            thinking: row.optionalInteger(18).map { Int($0) })
        let cost = row.optionalInteger(19).map {
            Spending.Cost(micros: $0, currency: row.text(20))
        }
        return Spending(model, tokens, cost: cost)
    }
}

/// Where a message stands in its tree.
struct MessageNode {
    var number: Int64
    var chat: Int64
    var parent: Int64?
    var depth: Int64
    /// An ancestor further up.
    var jump: Int64?
    var state: Int64
}

extension Transaction {
    func message(_ id: MessageID, hasImages: Bool = false) throws -> MessageRecord {
        var message = try bareMessage(id)
        message.parts = try parts(of: id, hasImages: hasImages)
        return message
    }

    func bareMessage(_ id: MessageID) throws -> MessageRecord {
        let found = try first(
            "SELECT \(MessageRow.columns) FROM \(MessageRow.tables) WHERE message.number = ?",
            [.integer(id.number)]
        ) { try MessageRow.record($0) }
        guard let found else { throw StoreError.unknown(id) }
        return found
    }

    func node(_ number: Int64) throws -> MessageNode {
        let found = try first(
            "SELECT chat, parent, depth, jump, state FROM message WHERE number = ?",
            [.integer(number)]
        ) { row in
            MessageNode(
                number: number, chat: row.integer(0), parent: row.optionalInteger(1),
                depth: row.integer(2), jump: row.optionalInteger(3), state: row.integer(4))
        }
        guard let found else { throw StoreError.unknown(MessageID(number: number)) }
        return found
    }

    /// The ancestor at this depth, or the message itself; nil if it is not so deep.
    func ancestor(of number: Int64, depth: Int64) throws -> MessageNode? {
        var node = try node(number)
        guard node.depth >= depth, depth > 0 else { return nil }
        while node.depth > depth {
            if let jump = node.jump {
                let far = try self.node(jump)
                if far.depth >= depth {
                    node = far
                    continue
                }
            }
            guard let parent = node.parent else { return nil }
            node = try self.node(parent)
        }
        return node
    }

    func isAncestor(_ node: MessageNode, of number: Int64) throws -> Bool {
        try node.number <= number
            && ancestor(of: number, depth: node.depth)?.number == node.number
    }

    /// Where a message behind this one jumps to, so that the steps to any ancestor are few: as the
    /// digits of a skew binary number.
    func jump(behind parent: MessageNode) throws -> Int64 {
        guard let number = parent.jump else { return parent.number }
        let near = try node(number)
        let far = try near.jump.map { try node($0) } ?? near
        return parent.depth - near.depth == near.depth - far.depth ? far.number : parent.number
    }

    /// The message is one of the chat's own, or one that it shares with what it was forked from.
    func node(_ id: MessageID, visibleIn chat: ChatRecord) throws -> MessageNode {
        let node = try node(id.number)
        if node.chat == chat.id.number { return node }
        if let origin = chat.origin, try isAncestor(node, of: origin.message.number) {
            return node
        }
        throw StoreError(.unknown, "\(chat.id) has no message \(id).")
    }
}
