import KernelHistory
import KernelStore
import ModuleChat

/// Messages that are the same in each run: some words are in many, most are in few, as in speech.
struct HistoryCorpus {
    /// In half of the messages.
    static let common = "common"
    /// In one of 100,000.
    static let rare = "needle"

    private let records: any ChatRecords
    private var seed: UInt64 = 1
    private var written = 0

    init(_ records: any ChatRecords) {
        self.records = records
    }

    func fill(chats: Int, messagesEach: Int) throws -> [ChatID] {
        var corpus = self
        return try (0..<chats).map { _ in try corpus.fill(messagesEach) }
    }

    private mutating func fill(_ messages: Int) throws -> ChatID {
        let records = records
        let chat = try Answer.wait { records.beginAdoption(NewChat(), $0) }
        var last: MessageID?
        for start in stride(from: 0, to: messages, by: 1_000) {
            let batch = (0..<min(1_000, messages - start)).map { place in
                AdoptedMessage(
                    message(isAnswer: place % 2 == 1),
                    parent: place > 0 ? .request(place - 1) : last.map { .stored($0) })
            }
            last = try Answer.wait { records.adopt(batch, into: chat, $0) }.last
        }
        _ = try Answer.wait { records.adopted(chat, head: nil, $0) }
        return chat
    }

    private mutating func message(isAnswer: Bool) -> NewMessage {
        written += 1
        var text = ""
        for _ in 0..<30 { text += word() + " " }
        if written % 2 == 0 { text += Self.common }
        if written % 100_000 == 500 { text += " " + Self.rare }
        return NewMessage(
            isAnswer ? .assistant : .user, [.text(text)], by: isAnswer ? "model" : "ann")
    }

    /// The hundredth word is a hundred times as rare as the first one.
    private mutating func word() -> String {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let chance = Double(seed >> 40) / Double(1 << 24)
        let rank = Int(1 / (chance + 1.0 / 20_000))
        return "w" + String(rank, radix: 36)
    }
}
