import ModuleChat
import ModuleJSON
import ModuleProviderKit
import ProviderTesting
import Testing

/// One of the providers that meet in a chat: what its server says, how it is asked, and how calls
/// and results are found in what is sent to it.
struct Speaker: Sendable, CustomTestStringConvertible {
    let server: ProviderServer
    let dialect: String
    let model: String
    /// Its server's answers: one with a thought, a text and two calls, and one in words.
    let calling: [String]
    let talking: [String]
    /// What of its answers only it may see again.
    let secrets: [String]
    let rounds: @Sendable (JSON) -> Rounds
    /// What its server says of the call with that number and those arguments.
    let call: @Sendable (Int, String) -> [String]
    private let send: @Sendable (ProviderOrder) throws -> JSON
    private let read: @Sendable ([String], ProviderOrder) -> [ProviderEvent]

    /// The calls and the results that a request tells of, by what joins the two.
    struct Rounds: Sendable, Hashable {
        var calls: [String] = []
        var results: [String] = []
        var names: Set<String> = []
    }

    init(
        _ provider: some ModelProvider, model: String, preset: ProviderPreset? = nil,
        calling: [String], talking: [String], secrets: [String],
        call: @escaping @Sendable (Int, String) -> [String],
        rounds: @escaping @Sendable (JSON) -> Rounds
    ) {
        let description = provider.provider
        let preset = preset ?? description.presets[0]
        server = ProviderServer(preset: preset.id, base: preset.base, hasKey: true)
        dialect = description.dialect
        self.model = model
        self.calling = calling
        self.talking = talking
        self.secrets = secrets
        self.rounds = rounds
        self.call = call
        send = { try JSON(parsing: try provider.request(for: $0).body ?? []) }
        read = { pieces, order in
            Replay(provider).events(
                pieces.map { Array($0.utf8) }, of: order, AnswerHead(status: 200), isWhole: true)
        }
    }

    var testDescription: String { "\(server.preset)" }

    private func order(_ chat: [ChatMessage], _ target: ChatTarget) -> ProviderOrder {
        var order = ChatOrder(
            model: model, messages: ChatPreparation(chat, for: target).messages)
        order.tools = target.takesTools ? Meeting.tools : []
        order.thinking = .low
        return ProviderOrder(.chat(order), at: server)
    }

    /// What is sent to go on with the chat.
    func request(
        _ chat: [ChatMessage], _ change: (inout ChatTarget) -> Void = { _ in }
    ) throws -> JSON {
        var target = ChatTarget(maker: dialect)
        change(&target)
        return try send(order(chat, target))
    }

    func events(_ pieces: [String]) -> [ProviderEvent] {
        read(pieces, order([ChatMessage(.user, "Go.")], ChatTarget(maker: dialect)))
    }

    /// What its server answers, as the kernel keeps it.
    func answer(_ pieces: [String], to chat: [ChatMessage]) -> ChatMessage {
        var answer = ChatAnswer(maker: dialect)
        for event in read(pieces, order(chat, ChatTarget(maker: dialect))) {
            if case .chat(let event) = event { answer.take(event) }
        }
        #expect(answer.problem == nil && answer.finish != nil)
        let taken = Set(chat.flatMap(\.toolCalls).map(\.id))
        var number = 0
        var message = answer.message {
            number += 1
            return "kernel-\(taken.count + number)"
        }
        // A real server never says an id twice; this one says the same in every turn.
        for (place, part) in message.parts.enumerated() {
            guard case .toolCall(var call) = part, taken.contains(call.id) else { continue }
            call.id += "-\(taken.count)"
            message.parts[place] = .toolCall(call)
        }
        return message
    }
}
