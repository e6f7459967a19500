import KernelBase
import KernelDatabase
import KernelStore
import ModuleChat
import ModuleJSON

/// A part as it stands in its row: the words in a column of their own, which search reads, what
/// else there is as JSON, and images in a table of their own.
struct PartRow {
    var kind: Kind
    var name: String?
    var detail: String?
    var image: Image?
    var text: String

    /// The numbers are in the database: they never change.
    enum Kind: Int64 {
        case text = 0
        case image = 1
        case thinking = 2
        case toolCall = 3
        case toolResult = 4
        case notice = 5

        /// It may be written piece by piece.
        var isPieced: Bool { self == .text || self == .thinking || self == .notice }
    }

    struct Image {
        var hash: String
        var bytes: [UInt8]
    }

    init(_ part: ChatPart) throws(StoreError) {
        text = ""
        switch part {
        case .text(let text):
            kind = .text
            self.text = text
        case .notice(let text):
            kind = .notice
            self.text = text
        case .thinking(let thinking):
            kind = .thinking
            text = thinking.text
        case .toolCall(let call):
            kind = .toolCall
            name = call.name
            text = JSON.object(call.arguments).text
        case .toolResult(let result):
            kind = .toolResult
            name = result.name
            text = result.text
        case .image(let image):
            kind = .image
            name = image.mediaType
            self.image = try Self.image(image)
        }
        detail = Self.detail(part)
        try check()
    }

    /// What has a column of its own.
    private static let columns = ["type", "text", "name", "arguments", "mediaType", "base64"]

    private static func detail(_ part: ChatPart) -> String? {
        if case .text = part { return nil }
        if case .image = part { return nil }
        guard var rest = part.json.object else { return nil }
        for column in columns { rest[column] = nil }
        return rest.isEmpty ? nil : JSON.object(rest).text
    }

    private static func image(_ image: ChatImage) throws(StoreError) -> Image {
        guard let bytes = Base64.decode(image.base64) else {
            throw StoreError(.refused, "an image is not written in base64, and cannot be kept.")
        }
        return Image(hash: try ContentName.of(bytes), bytes: bytes)
    }

    private func check() throws(StoreError) {
        let count = text.utf8.count + (detail?.utf8.count ?? 0)
        guard count <= ChatLimits.partBytesMax else {
            throw StoreError(
                .tooLarge,
                "a part of a message has \(count) bytes, more than \(ChatLimits.partBytesMax): "
                    + "put it into a file and name its path.")
        }
        if let image, image.bytes.count > ChatLimits.imageBytesMax {
            throw StoreError(
                .tooLarge,
                "an image has \(image.bytes.count) bytes, more than \(ChatLimits.imageBytesMax): "
                    + "make it smaller.")
        }
        try ChatCheck.name(name, "name of a tool, or a type of image,")
    }

    var bytes: Int { text.utf8.count + (image?.bytes.count ?? 0) }

    /// Back to the part. `image` holds its bytes where they were asked for.
    static func part(
        _ row: borrowing Row, text: String, image: [UInt8]?
    ) throws -> ChatPart {
        let name = row.text(3)
        switch Kind(rawValue: row.integer(1)) {
        case .text: return .text(text)
        case .notice: return .notice(text)
        case .image:
            return .image(ChatImage(mediaType: name, base64: Base64.encode(image ?? [])))
        case .thinking:
            guard let detail = row.optionalText(4) else { return .thinking(ChatThinking(text)) }
            return try part("thinking", detail, ["text": .string(text)])
        case .toolCall:
            return try part(
                "toolCall", row.text(4),
                ["name": .string(name), "arguments": try JSON(parsing: text)])
        case .toolResult:
            return try part(
                "toolResult", row.text(4), ["name": .string(name), "text": .string(text)])
        case nil:
            throw StoreError(.damaged, "part \(row.integer(0)) is of an unknown kind.")
        }
    }

    private static func part(
        _ type: String, _ detail: String, _ members: JSONObject
    ) throws -> ChatPart {
        var object = try JSON(parsing: detail).object ?? [:]
        object["type"] = .string(type)
        for (name, value) in members { object[name] = value }
        return try ChatPart(.object(object))
    }
}

extension Transaction {
    /// Adds a part that is whole, and is found from now on.
    func insert(_ part: PartRow, as id: PartID) throws {
        if let image = part.image {
            try run(
                "INSERT OR IGNORE INTO image (hash, bytes) VALUES (?, ?)", .text(image.hash),
                .bytes(image.bytes))
        }
        try run(
            """
            INSERT INTO part (number, kind, open, name, detail, image, text)
            VALUES (?, ?, 0, ?, ?, ?, ?)
            """,
            .integer(id.number), .integer(part.kind.rawValue), .optional(part.name),
            .optional(part.detail), .optional(part.image?.hash), .text(part.text))
        try addToSearch(id.number...id.number)
    }

    func addToSearch(_ parts: ClosedRange<Int64>) throws {
        try run(
            """
            INSERT INTO search (rowid, said, thought, tool)
            SELECT number, said, thought, tool FROM part
            WHERE number BETWEEN ? AND ? AND open = 0 AND kind <> 1
            """, .integer(parts.lowerBound), .integer(parts.upperBound))
    }

    /// With the very words that were added, as FTS5 wants it.
    func removeFromSearch(_ parts: ClosedRange<Int64>) throws {
        try run(
            """
            INSERT INTO search (search, rowid, said, thought, tool)
            SELECT 'delete', number, said, thought, tool FROM part
            WHERE number BETWEEN ? AND ? AND open = 0 AND kind <> 1
            """, .integer(parts.lowerBound), .integer(parts.upperBound))
    }

    func parts(of message: MessageID, hasImages: Bool) throws -> [PartRecord] {
        let numbers = PartID.numbers(of: message)
        return try rows(
            """
            SELECT number, kind, open, name, detail, image, text FROM part
            WHERE number BETWEEN ? AND ?
            """, [.integer(numbers.lowerBound), .integer(numbers.upperBound)]
        ) { row in
            let id = PartID(number: row.integer(0))
            let isOpen = row.flag(2)
            let text = isOpen ? try pieces(of: id) : row.text(6)
            let image = hasImages ? try row.optionalText(5).flatMap { try self.image($0) } : nil
            do {
                let content = try PartRow.part(row, text: text, image: image)
                return PartRecord(id, content, isOpen: isOpen)
            } catch {
                throw StoreError(.damaged, "a part of \(message) cannot be read: \(error)")
            }
        }
    }

    func image(_ hash: String) throws -> [UInt8]? {
        try first("SELECT bytes FROM image WHERE hash = ?", [.text(hash)]) { $0.bytes(0) }
    }

    /// What an open part has so far.
    func pieces(of part: PartID) throws -> String {
        var text = ""
        try each(
            "SELECT text FROM piece WHERE part = ? ORDER BY position", [.integer(part.number)]
        ) { row in
            text += row.text(0)
            return true
        }
        return text
    }
}
