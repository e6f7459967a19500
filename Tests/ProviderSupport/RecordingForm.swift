import ModuleChat
import ModuleJSON

/// A recording on its way into a file. A value.
struct RecordingForm: Sendable {
    let about: String
    let order: ProviderOrder
    let head: AnswerHead
    let body: [UInt8]
    let isWhole: Bool

    init(about: String, order: ProviderOrder, head: AnswerHead, body: [UInt8], isWhole: Bool) {
        self.about = about
        self.order = order
        self.head = head
        self.body = body
        self.isWhole = isWhole
    }

    init(_ recording: Recording, about: String) {
        self.init(
            about: about, order: recording.order, head: recording.head, body: recording.body,
            isWhole: recording.isWhole)
    }

    private static let mark = Array("=== ".utf8)

    func bytes(events: [String]) throws -> [UInt8] {
        let lines = body.split(separator: UInt8(ascii: "\n"))
        guard !lines.contains(where: { $0.starts(with: Self.mark) }) else {
            throw Recording.Malformed(
                description: "a line of the answer begins with ===, as the sections of a file do")
        }
        var flags = isWhole ? "" : " cut"
        var body = body
        if body.last != UInt8(ascii: "\n") {
            flags += " open"
            body.append(UInt8(ascii: "\n"))
        }
        var head = "\(self.head.status)\n"
        for (name, value) in self.head.headers.sorted(by: { $0.key < $1.key }) {
            head += "\(name): \(value)\n"
        }
        let before =
            "=== about\n\(about)\n=== order\n\(order.json.text)\n=== head\n\(head)"
            + "=== body\(flags)\n"
        let after = "=== events\n" + events.map { $0 + "\n" }.joined()
        return Array(before.utf8) + body + Array(after.utf8)
    }
}
