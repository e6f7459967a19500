package import KernelHistory
package import KernelStore
import ModuleChat
import ModuleJSON

/// Reads a chat from an archive that arrives in pieces, and keeps it as a new one. Nobody sees it
/// before it is whole. Its functions block: they are for threads that may, and none of the store's.
package struct ChatImport: ~Copyable {
    private let records: any ChatRecords
    private let owner: String?
    private var source = Source.unknown
    private var chat: ChatID?
    private var about: NewChat
    private var hasFormat = false
    private var head: Int64?
    /// The numbers that messages go by in the archive, and here.
    private var numbers: [Int64: MessageID] = [:]
    private var batch = Batch()
    private var count = 0

    private enum Source {
        case unknown
        case json(ArchiveSplitter)
        case markdown(MarkdownReader)
    }

    /// Messages that are handed in together.
    private struct Batch {
        var messages: [AdoptedMessage] = []
        var numbers: [Int64] = []
        var places: [Int64: Int] = [:]
        var bytes = 0
    }

    package struct Result: Sendable, Hashable {
        package var chat: ChatRecord
        package var messages: Int
        /// Of Markdown: what was not said, and is not read back.
        package var leftOut: Int
    }

    private static let batchMax = 200
    private static let batchBytesMax = 4 << 20

    /// The chat belongs to `owner`; nil: to everybody.
    package init(into records: any ChatRecords, owner: String?) {
        self.records = records
        self.owner = owner
        about = NewChat(owner: owner)
    }

    /// After an error nothing is left of what was read.
    package mutating func feed(_ bytes: [UInt8]) throws(StoreError) {
        do throws(StoreError) {
            try read(bytes)
        } catch {
            abandon()
            throw error
        }
    }

    package consuming func finish() throws(StoreError) -> Result {
        do throws(StoreError) {
            return try end()
        } catch {
            abandon()
            throw error
        }
    }

    /// Forgets what was read.
    package mutating func abandon() {
        guard let chat else { return }
        self.chat = nil
        // What cannot be removed now is removed by the next kernel.
        try? Answer.wait { records.abandon(chat, $0) }
    }

    private mutating func read(_ bytes: [UInt8]) throws(StoreError) {
        if case .unknown = source {
            let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
            guard let first else { return }
            source =
                first == UInt8(ascii: "{")
                ? .json(ArchiveSplitter()) : .markdown(MarkdownReader())
        }
        switch source {
        case .unknown: return
        case .json(var splitter):
            source = .unknown
            var pieces: [ArchiveSplitter.Piece] = []
            try splitter.feed(bytes) { pieces.append($0) }
            source = .json(splitter)
            for piece in pieces { try take(piece) }
        case .markdown(var reader):
            source = .unknown
            var messages: [NewMessage] = []
            try reader.feed(bytes) { messages.append($0) }
            source = .markdown(reader)
            for message in messages { try addNext(message) }
        }
    }

    private mutating func end() throws(StoreError) -> Result {
        var leftOut = 0
        switch source {
        case .unknown: throw ChatArchive.refusal("the archive is empty.")
        case .json(let splitter):
            guard splitter.isComplete else {
                throw ChatArchive.refusal("the archive ends in its middle: it was cut off.")
            }
            guard hasFormat else { throw Self.formless }
        case .markdown(var reader):
            var messages: [NewMessage] = []
            try reader.finish { messages.append($0) }
            about.title = about.title ?? reader.title
            for message in messages { try addNext(message) }
            leftOut = reader.leftOut
        }
        try flush()
        let id = try begun()
        let record = try headID()
        let chat = try Answer.wait { records.adopted(id, head: record, $0) }
        self.chat = nil
        return Result(chat: chat, messages: count, leftOut: leftOut)
    }

    private static let formless = ChatArchive.refusal(
        "this is no archive of a chat: its messages come before its format.")

    private func headID() throws(StoreError) -> MessageID? {
        guard let head else { return nil }
        guard let id = numbers[head] else {
            throw ChatArchive.refusal(
                "the archive's chat ends with message \(head), which it lacks.")
        }
        return id
    }

    private mutating func take(_ piece: ArchiveSplitter.Piece) throws(StoreError) {
        switch piece {
        case .member("format", let json):
            try ChatArchive.checkFormat(json)
            hasFormat = true
        case .member("chat", let json):
            about = try ChatArchive.chat(json, owner: owner)
            head = json["head"]?.integer
        case .member: return
        case .message(let json):
            guard hasFormat else { throw Self.formless }
            let (message, number, parent, turn) = try ChatArchive.message(json)
            var adopted = AdoptedMessage(message)
            adopted.parent = try reference(parent, of: number)
            if turn != number { adopted.turn = try reference(turn, of: number) }
            adopted.covers = try reference(json["covers"]?.integer, of: number)
            try add(adopted, number)
        }
    }

    /// Behind the one before it.
    private mutating func addNext(_ message: NewMessage) throws(StoreError) {
        if case .markdown(let reader) = source { about.title = about.title ?? reader.title }
        var adopted = AdoptedMessage(message)
        let number = Int64(count + 1)
        if number > 1 { adopted.parent = try reference(number - 1, of: number) }
        try add(adopted, number)
    }

    private func reference(
        _ other: Int64?, of number: Int64
    ) throws(StoreError) -> AdoptedMessage.Reference? {
        guard let other else { return nil }
        if let id = numbers[other] { return .stored(id) }
        if let place = batch.places[other] { return .request(place) }
        throw ChatArchive.refusal(
            "the archive's message \(number) refers to \(other), which does not come before it.")
    }

    private mutating func add(_ message: AdoptedMessage, _ number: Int64) throws(StoreError) {
        guard numbers[number] == nil, batch.places[number] == nil else {
            throw ChatArchive.refusal("the archive has two messages \(number).")
        }
        guard count < ChatArchive.messagesMax else {
            throw ChatArchive.refusal(
                "the archive has more than \(ChatArchive.messagesMax) messages.")
        }
        count += 1
        batch.places[number] = batch.messages.count
        batch.messages.append(message)
        batch.numbers.append(number)
        batch.bytes += message.message.parts.reduce(0) { $0 + $1.bytes }
        if batch.messages.count >= Self.batchMax || batch.bytes >= Self.batchBytesMax {
            try flush()
        }
    }

    private mutating func begun() throws(StoreError) -> ChatID {
        if let chat { return chat }
        let about = about
        let id = try Answer.wait { records.beginAdoption(about, $0) }
        chat = id
        return id
    }

    private mutating func flush() throws(StoreError) {
        guard !batch.messages.isEmpty else { return }
        let chat = try begun()
        let batch = batch
        self.batch = Batch()
        let ids = try Answer.wait { records.adopt(batch.messages, into: chat, $0) }
        for (number, id) in zip(batch.numbers, ids) { numbers[number] = id }
    }
}
