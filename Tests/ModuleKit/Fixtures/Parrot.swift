import ModuleChat
import ModuleJSON
import ModuleKit
import ModuleProviderKit

/// Provides models that say back what their server says.
struct Parrot: ModelProvider {
    static let manifest = Manifest(id: "parrot", version: "1.0.0", about: "Says it again.")
    static let tasks: [TaskOf<Parrot>] = []

    let provider = ProviderDescription(
        name: "Parrot", dialect: "parrot",
        presets: [ProviderPreset(id: "cage", name: "Cage", base: "http://127.0.0.1")])

    init(_ host: Host) {}

    func request(for order: ProviderOrder) throws -> ProviderRequest {
        guard case .chat(let chat) = order.action else {
            throw Failure("a parrot only chats", .unsupported)
        }
        return .post("\(order.server.base)/say", ["model": .string(chat.model)], framing: .lines)
    }

    func reader(of order: ProviderOrder, _ head: AnswerHead) -> Reader {
        Reader(status: head.status)
    }

    struct Reader: AnswerReader {
        let status: Int
        var count = 0

        mutating func read(_ piece: [UInt8], _ emit: Emit) {
            count += 1
            emit(.chat(.text("\(count):\(String(decoding: piece, as: UTF8.self)) ")))
        }

        mutating func close(isWhole: Bool, _ emit: Emit) {
            if isWhole { emit(.chat(.finish(ChatFinish(.stop)))) }
        }
    }
}
