import KernelModels
import KernelSystem
package import KernelWire
import ModuleChat
package import ModuleJSON
import Synchronization

/// One client's chat and what it asks of models. The chat is in memory, and ends with the client.
package final class ClientChat: Sendable {
    let desk: ChatDesk
    let client: any ChatClient
    /// What it asks for, in order, and on no thread that serves other clients.
    private let lane: SerialLane
    private let state = Mutex(State())

    private struct State {
        var messages: [ChatMessage] = []
        var bytes = 0
        /// Nil: the default.
        var model: String?
        /// The `chat.say` that is being answered.
        var answered: RequestID?
        var running: [RequestID: RunningRequest] = [:]
        var isEnded = false
    }

    /// Of a chat; whoever has more to say begins another one.
    private static let bytesMax = 16 << 20
    /// At once. Each may hold a chat and a connection.
    private static let requestsMax = 8

    package init(_ desk: ChatDesk, _ client: any ChatClient) {
        self.desk = desk
        self.client = client
        lane = SerialLane(on: desk.pool)
    }

    /// The client is gone: nobody waits for anything any more.
    package func end() {
        let running = state.withLock { state in
            state.isEnded = true
            return Array(state.running.values)
        }
        for request in running { request.cancel() }
    }

    /// The client takes more again: what waited for that goes on.
    package func relieved() {
        for request in state.withLock({ Array($0.running.values) }) { request.goOn() }
    }

    /// False if the method is none about chats or models.
    package func serve(
        _ id: RequestID, _ method: String, _ params: JSON
    ) throws(WireError) -> Bool {
        if method == CancelRequest.method {
            try cancel(id, try Self.decode(params))
            return true
        }
        guard Self.methods.contains(method) else { return false }
        let request = try register(id)
        lane.run {
            do throws(WireError) {
                try self.carryOut(id, request, method, params)
            } catch {
                self.refuse(id, error)
            }
        }
        return true
    }

    private static let methods: Set<String> = [
        AskChat.method, SayInChat.method, OwnChat.show, OwnChat.new, ListModels.method,
        UseModel.method, ModelChoiceRequest.show, ModelChoiceRequest.test, ModelChoiceRequest.pull,
        ModelChoiceRequest.load, ModelChoiceRequest.unload,
    ]

    private func carryOut(
        _ id: RequestID, _ request: RunningRequest, _ method: String, _ params: JSON
    ) throws(WireError) {
        desk.models.refresh()
        switch method {
        case AskChat.method: try ask(id, request, try Self.decode(params))
        case SayInChat.method: try say(id, request, try Self.decode(params))
        case OwnChat.show: desk.whenReady { self.show(id) }
        case OwnChat.new: try begin(id)
        default: try serveModels(id, request, method, params)
        }
    }

    static func decode<Content: Decodable>(_ params: JSON) throws(WireError) -> Content {
        do {
            return try params.decode(Content.self)
        } catch {
            throw .badParameters("\(error)")
        }
    }

    // MARK: What runs

    private func register(_ id: RequestID) throws(WireError) -> RunningRequest {
        guard desk.enter() else {
            throw .busy(
                "\(ChatDesk.requestsMax) requests to models are being answered: wait for one")
        }
        let request = RunningRequest()
        let refusal = state.withLock { state -> WireError? in
            guard !state.isEnded else { return .badRequest("the client is gone") }
            guard state.running[id] == nil else {
                return .badRequest("request \(id) is still being answered")
            }
            guard state.running.count < Self.requestsMax else {
                return .busy(
                    "\(Self.requestsMax) requests of this client are being answered: wait for one")
            }
            state.running[id] = request
            return nil
        }
        guard let refusal else { return request }
        desk.leave()
        throw refusal
    }

    private func remove(_ id: RequestID) {
        let request = state.withLock { $0.running.removeValue(forKey: id) }
        if request != nil { desk.leave() }
    }

    // Every request ends with one of these.

    func reply(_ id: RequestID, _ content: some Encodable & Sendable) {
        remove(id)
        client.reply(id, content)
    }

    func refuse(_ id: RequestID, _ error: WireError) {
        remove(id)
        client.send(.failure(id: id, error))
    }

    private func cancel(_ id: RequestID, _ cancel: CancelRequest) throws(WireError) {
        guard let request = state.withLock({ $0.running[cancel.request] }) else {
            throw .notFound("no request \(cancel.request) is being answered")
        }
        request.cancel()
        client.reply(id, [String: String]())
    }

    // MARK: The client's chat

    /// The name of the model that answers here; nil: the default.
    var model: String? { state.withLock { $0.model } }

    var messages: [ChatMessage] { state.withLock { $0.messages } }

    func use(_ model: String?) {
        state.withLock { $0.model = model }
    }

    private func show(_ id: RequestID) {
        reply(
            id,
            OwnChat(
                messages: .array(messages.map(\.json)),
                model: model ?? desk.models.directory.setup.standard))
    }

    private func begin(_ id: RequestID) throws(WireError) {
        let old = state.withLock { state -> [ChatMessage]? in
            guard state.answered == nil else { return nil }
            defer {
                state.messages = []
                state.bytes = 0
            }
            return state.messages
        }
        guard old != nil else { throw Self.busy }
        show(id)
    }

    private static let busy = WireError.refused(
        "the last message of this chat is still being answered: wait, or cancel that first")

    private func say(
        _ id: RequestID, _ request: RunningRequest, _ say: SayInChat
    ) throws(WireError) {
        guard !say.text.allSatisfy(\.isWhitespace) else {
            throw .badParameters("\"text\" must say something")
        }
        let said = ChatMessage(.user, say.text)
        let refusal = state.withLock { state -> WireError? in
            guard state.answered == nil else { return Self.busy }
            guard state.bytes + said.bytes <= Self.bytesMax else {
                return .busy(
                    "this chat has \(Self.bytesMax >> 20) MiB, and no more is kept: begin another")
            }
            state.answered = id
            state.messages.append(said)
            state.bytes += said.bytes
            return nil
        }
        if let refusal { throw refusal }
        let (messages, model) = state.withLock { ($0.messages, $0.model) }
        var asked = Asked(messages, of: model)
        asked.kept = { self.keep($0) }
        asked.unanswered = { self.forget() }
        answer(id, request, asked)
    }

    /// What came of an answer belongs to the chat, also where it was cut short. A question that
    /// nobody said a word to, whatever was thought, can be put again as it was.
    private func keep(_ content: ChatAnswerMessage) {
        guard let message = try? ChatMessage(content.message),
            !message.text.isEmpty || !message.toolCalls.isEmpty
        else { return forget() }
        state.withLock { state in
            state.answered = nil
            state.messages.append(message)
            state.bytes += message.bytes
        }
    }

    private func forget() {
        _ = state.withLock { state in
            state.answered = nil
            let said = state.messages.popLast()
            state.bytes -= said?.bytes ?? 0
            return said
        }
    }

    // MARK: Answers

    private func ask(
        _ id: RequestID, _ request: RunningRequest, _ ask: AskChat
    ) throws(WireError) {
        let messages = try Self.messages(ask.messages)
        let thinking = try Self.thinking(ask.thinking)
        let tools = try AskedTools(ask)
        var asked = Asked(messages, of: ask.model)
        asked.change = { question in
            question.tokensMax = ask.tokensMax
            question.temperature = ask.temperature
            question.seed = ask.seed
            question.thinking = thinking
            question.answerSchema = ask.answerSchema?.object
            question.tools = tools.tools
            question.toolChoice = tools.choice
        }
        answer(id, request, asked)
    }

    private static func thinking(_ word: String?) throws(WireError) -> ChatThinkingEffort? {
        guard let word else { return nil }
        guard let effort = ChatThinkingEffort(rawValue: word) else {
            let known = ChatThinkingEffort.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badParameters("\"thinking\" must be one of \(known)")
        }
        return effort
    }

    private static func messages(_ json: JSON) throws(WireError) -> [ChatMessage] {
        guard let list = json.array, !list.isEmpty else {
            throw .badParameters("\"messages\" must be a list with a message")
        }
        do {
            return try list.map { try ChatMessage($0) }
        } catch {
            throw .badParameters("\"messages\": \(error)")
        }
    }

    /// What is asked, and who is told what came of it besides the client.
    private struct Asked: Sendable {
        let messages: [ChatMessage]
        /// Nil: the default.
        let model: String?
        var change: @Sendable (inout ModelQuestion) -> Void = { _ in }
        var kept: @Sendable (ChatAnswerMessage) -> Void = { _ in }
        var unanswered: @Sendable () -> Void = {}

        init(_ messages: [ChatMessage], of model: String?) {
            self.messages = messages
            self.model = model
        }
    }

    private func answer(_ id: RequestID, _ request: RunningRequest, _ asked: Asked) {
        desk.whenReady {
            self.desk.models.find(
                asked.model, waits: { work in request.begin { work.cancel() } }
            ) { found in
                switch found {
                case .failure(let problem):
                    asked.unanswered()
                    self.refuse(id, .notFound(problem.description))
                case .success(let targets): self.answer(id, request, asked, by: targets)
                }
            }
        }
    }

    private func answer(
        _ id: RequestID, _ request: RunningRequest, _ asked: Asked, by targets: [ModelTarget]
    ) {
        var question = ModelQuestion(asked.messages, to: targets)
        asked.change(&question)
        let relay = AnswerRelay(id, client, desk.alarms) { content in
            asked.kept(content)
            self.reply(id, content)
        }
        begin(Answering(question, desk.models.tools, relay), request)
    }

    /// One that was cancelled meanwhile ends without having begun.
    func begin(_ answering: Answering, _ request: RunningRequest) {
        request.begin(goOn: { answering.relieved() }) { answering.cancel() }
        if !request.isCancelled { answering.begin() }
    }
}

extension ChatMessage {
    /// What it weighs in memory and in each request.
    var bytes: Int {
        parts.reduce(0) { sum, part in
            switch part {
            case .text(let text), .notice(let text): sum + text.utf8.count
            case .image(let image): sum + image.base64.utf8.count
            case .thinking(let thinking):
                sum + thinking.text.utf8.count + (thinking.seal?.value.utf8.count ?? 0)
            case .toolCall(let call):
                sum + JSON.object(call.arguments).serialized().count
                    + (call.seal?.value.utf8.count ?? 0)
            case .toolResult(let result): sum + result.text.utf8.count
            }
        }
    }
}
