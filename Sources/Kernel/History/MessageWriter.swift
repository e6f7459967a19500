import KernelDatabase
import KernelStore

/// Writes to an open message, within one unit of work.
struct MessageWriter {
    private let message: MessageRecord
    private let moment: Moment
    private var last: Last?
    private var addedBytes = 0
    private var end: MessageEnd?

    /// Its last part.
    private struct Last {
        var id: PartID
        var kind: PartRow.Kind
        var isOpen: Bool
        var bytes: Int
    }

    private func before(_ part: PartID) -> Last {
        Last(
            id: PartID(part.message, part.place - 1), kind: .notice, isOpen: false, bytes: 0)
    }

    init(
        _ message: MessageRecord, at moment: Moment, _ transaction: borrowing Transaction
    ) throws {
        self.message = message
        self.moment = moment
        let numbers = PartID.numbers(of: message.id)
        last = try transaction.first(
            """
            SELECT number, kind, open, CASE WHEN open THEN coalesce(
                (SELECT position + length(CAST(text AS BLOB)) FROM piece
                    WHERE part = part.number ORDER BY position DESC LIMIT 1), 0)
                ELSE length(CAST(text AS BLOB)) END
            FROM part WHERE number BETWEEN ? AND ? ORDER BY number DESC LIMIT 1
            """, [.integer(numbers.lowerBound), .integer(numbers.upperBound)]
        ) { row in
            Last(
                id: PartID(number: row.integer(0)),
                kind: PartRow.Kind(rawValue: row.integer(1)) ?? .notice, isOpen: row.flag(2),
                bytes: Int(row.integer(3)))
        }
    }

    mutating func take(_ step: CheckedStep, _ transaction: borrowing Transaction) throws {
        guard end == nil else {
            throw StoreError(.refused, "\(message.id) is written to behind its end.")
        }
        switch step {
        case .begin(let part): try begin(part, transaction)
        case .piece(let text): try add(text, transaction)
        case .end(let part): try endPart(as: part, transaction)
        case .whole(let part):
            try closePart(transaction)
            let id = try nextID(bytes: part.bytes, transaction)
            try transaction.insert(part, as: id)
            last = Last(id: id, kind: part.kind, isOpen: false, bytes: part.text.utf8.count)
            addedBytes += part.text.utf8.count
        case .finish(let end):
            try closePart(transaction)
            self.end = end
        }
    }

    private func nextID(
        bytes: Int, _ transaction: borrowing Transaction
    ) throws -> PartID {
        let place = last.map { $0.id.place + 1 } ?? 0
        guard place < ChatLimits.partsMax else { throw ChatCheck.tooManyParts }
        guard try transaction.bytes(of: message.id) + bytes <= ChatLimits.messageBytesMax else {
            throw ChatCheck.tooManyBytes
        }
        return PartID(message.id, place)
    }

    private mutating func begin(
        _ part: PartRow, _ transaction: borrowing Transaction
    ) throws {
        guard part.kind.isPieced else {
            throw StoreError(.refused, "only text, thinking and notices are written in pieces.")
        }
        try closePart(transaction)
        let id = try nextID(bytes: part.bytes, transaction)
        try transaction.run(
            "INSERT INTO part (number, kind, open, detail, text) VALUES (?, ?, 1, ?, '')",
            .integer(id.number), .integer(part.kind.rawValue), .optional(part.detail))
        last = Last(id: id, kind: part.kind, isOpen: true, bytes: 0)
        try add(part.text, transaction)
    }

    private mutating func add(_ text: String, _ transaction: borrowing Transaction) throws {
        guard var part = last, part.isOpen else {
            throw StoreError(.refused, "\(message.id) has no open part that a piece belongs to.")
        }
        guard !text.isEmpty else { return }
        let count = text.utf8.count
        guard part.bytes + count <= ChatLimits.partBytesMax else {
            throw StoreError(
                .tooLarge,
                "a part of \(message.id) would have more than \(ChatLimits.partBytesMax) bytes: "
                    + "end it, and begin another one.")
        }
        try transaction.run(
            "INSERT INTO piece (part, position, text) VALUES (?, ?, ?)", .integer(part.id.number),
            .integer(part.bytes), .text(text))
        part.bytes += count
        last = part
    }

    private mutating func endPart(
        as whole: PartRow?, _ transaction: borrowing Transaction
    ) throws {
        guard let part = last, part.isOpen else {
            throw StoreError(.refused, "\(message.id) has no open part that could end.")
        }
        guard let whole else { return try closePart(transaction) }
        guard whole.kind == part.kind else {
            throw StoreError(.refused, "a part of \(message.id) would become one of another kind.")
        }
        try transaction.close(part.id, whole.text, detail: whole.detail)
        last = Last(id: part.id, kind: part.kind, isOpen: false, bytes: whole.text.utf8.count)
        addedBytes += whole.text.utf8.count
    }

    /// Ends the open part, if there is one, as it was written; nothing is kept of an empty one.
    private mutating func closePart(_ transaction: borrowing Transaction) throws {
        guard var part = last, part.isOpen else { return }
        if part.bytes == 0, try transaction.remove(emptyPart: part.id) {
            // Another one may take its place.
            last = part.id.place > 0 ? before(part.id) : nil
            return
        }
        let text = try transaction.pieces(of: part.id)
        try transaction.close(part.id, text, detail: nil)
        part.isOpen = false
        last = part
        addedBytes += text.utf8.count
    }

    func finish(_ transaction: borrowing Transaction) throws -> MessageChange {
        let revision = try transaction.revise(message.chat, addingBytes: addedBytes)
        guard let end else {
            try transaction.run(
                "UPDATE message SET revision = ? WHERE number = ?", .integer(revision),
                .integer(message.id.number))
            return change(revision)
        }
        try transaction.run(
            "UPDATE message SET revision = ?, state = ?, ended = ?, finish = ? WHERE number = ?",
            .integer(revision), .integer(end.state.rawValue), .integer(moment.milliseconds),
            .optional(end.finish), .integer(message.id.number))
        try transaction.run(
            "UPDATE chat SET touched = max(touched, ?) WHERE number = ?",
            .integer(moment.milliseconds), .integer(message.chat.number))
        if let spending = end.spending {
            var entry = SpendingEntry(spending, at: moment, chat: message.chat)
            entry.turn = message.turn
            entry.message = message.id
            try transaction.insert(entry, isAdopted: false)
        }
        return change(revision)
    }

    private func change(_ revision: Int64) -> MessageChange {
        MessageChange(revision: revision, part: last?.id, partBytes: last?.bytes ?? 0)
    }
}

extension Transaction {
    /// False if there is something to it beside its text.
    fileprivate func remove(emptyPart id: PartID) throws -> Bool {
        try run("DELETE FROM part WHERE number = ? AND detail IS NULL", .integer(id.number)) > 0
    }

    /// Of parts that have ended, with their images.
    fileprivate func bytes(of message: MessageID) throws -> Int {
        let numbers = PartID.numbers(of: message)
        let bytes = try first(
            """
            SELECT sum(length(CAST(text AS BLOB)) + coalesce(
                (SELECT length(bytes) FROM image WHERE hash = part.image), 0))
            FROM part WHERE number BETWEEN ? AND ?
            """, [.integer(numbers.lowerBound), .integer(numbers.upperBound)]
        ) { $0.integer(0) }
        return Int(bytes ?? 0)
    }

    /// Its pieces become its text. What its beginning said beside the text stays, unless something
    /// else is said now.
    fileprivate func close(_ part: PartID, _ text: String, detail: String?) throws {
        try run("DELETE FROM piece WHERE part = ?", .integer(part.number))
        try run(
            "UPDATE part SET open = 0, text = ?, detail = coalesce(?, detail) WHERE number = ?",
            .text(text), .optional(detail), .integer(part.number))
        try addToSearch(part.number...part.number)
    }
}
