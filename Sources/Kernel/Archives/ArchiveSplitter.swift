import KernelHistory
import KernelStore
import ModuleJSON

/// Cuts one JSON object that arrives in pieces into its members, and the list of messages in it
/// into its items, so that no more than one of them is held at once. However it is laid out.
struct ArchiveSplitter {
    private var buffer: [UInt8] = []
    /// Of the member whose value is being read.
    private var key: String?
    /// Brackets around the place that is read.
    private var depth = 0
    private var isInMessages = false
    private var isInString = false
    private var isEscaped = false
    private(set) var isComplete = false

    enum Piece {
        case member(String, JSON)
        case message(JSON)
    }

    /// Calls `take` with each piece that is whole now.
    mutating func feed(
        _ bytes: [UInt8], _ take: (Piece) throws(StoreError) -> Void
    ) throws(StoreError) {
        for byte in bytes { try feed(byte, take) }
    }

    private mutating func feed(
        _ byte: UInt8, _ take: (Piece) throws(StoreError) -> Void
    ) throws(StoreError) {
        if isInString { return try addToString(byte) }
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: if !buffer.isEmpty { try add(byte) }
        case UInt8(ascii: "\""):
            isInString = true
            try add(byte)
        case UInt8(ascii: "{"), UInt8(ascii: "["): try open(byte)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): try close(byte, take)
        case UInt8(ascii: ",") where depth == level: try flush(take)
        case UInt8(ascii: ":") where depth == 1 && key == nil:
            guard let name = try parsed().string else { throw malformed("a name in quotes") }
            key = name
        default: try add(byte)
        }
    }

    /// How deep the pieces lie.
    private var level: Int { isInMessages ? 2 : 1 }

    private mutating func addToString(_ byte: UInt8) throws(StoreError) {
        try add(byte)
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
        }
    }

    private mutating func add(_ byte: UInt8) throws(StoreError) {
        guard depth > 0, !isComplete else { throw malformed("one JSON object and nothing else") }
        guard buffer.count < ChatArchive.itemBytesMax else {
            throw ChatArchive.refusal(
                "the archive has a message of more than \(ChatArchive.itemBytesMax) bytes.")
        }
        buffer.append(byte)
    }

    private mutating func open(_ byte: UInt8) throws(StoreError) {
        if depth == 0 {
            guard byte == UInt8(ascii: "{"), !isComplete else {
                throw malformed("one JSON object and nothing else")
            }
            depth = 1
        } else if depth == 1, key == "messages", buffer.isEmpty, byte == UInt8(ascii: "[") {
            isInMessages = true
            depth = 2
        } else {
            depth += 1
            try add(byte)
        }
    }

    private mutating func close(
        _ byte: UInt8, _ take: (Piece) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard depth == level else {
            try add(byte)
            depth -= 1
            return
        }
        guard byte == UInt8(ascii: isInMessages ? "]" : "}") else {
            throw malformed("the bracket that was opened")
        }
        if !buffer.isEmpty || key != nil && !isInMessages { try flush(take) }
        if isInMessages {
            isInMessages = false
            key = nil
            depth = 1
        } else {
            depth = 0
            isComplete = true
        }
    }

    /// A piece is whole.
    private mutating func flush(
        _ take: (Piece) throws(StoreError) -> Void
    ) throws(StoreError) {
        if isInMessages {
            try take(.message(try parsed()))
        } else if let key {
            self.key = nil
            try take(.member(key, try parsed()))
        } else if !buffer.isEmpty {
            throw malformed("a value behind each name")
        }
    }

    private mutating func parsed() throws(StoreError) -> JSON {
        let bytes = buffer
        buffer = []
        do throws(JSONError) {
            return try JSON(
                parsing: bytes,
                limits: JSONLimits(depth: ChatArchive.depthMax, bytes: ChatArchive.itemBytesMax))
        } catch {
            throw ChatArchive.refusal("the archive is damaged: \(error.sentence).")
        }
    }

    private func malformed(_ expected: String) -> StoreError {
        ChatArchive.refusal("this is no archive of a chat: expected is \(expected).")
    }
}
