import ModuleJSON

/// Gathers the events of one answer into a message. A value without I/O: what it holds at any
/// moment is what may be kept of an answer that ends there.
public struct ChatAnswer: Sendable, Hashable {
    public private(set) var usage = ChatUsage()
    public private(set) var finish: ChatFinish?
    public private(set) var failure: ChatFailure?
    /// Something that a person saw, or a call that began: the answer must not be asked for again.
    public private(set) var hasBegun = false
    private let maker: String
    private var parts: [Draft] = []

    private enum Draft: Sendable, Hashable {
        case text(String)
        case thinking(ChatThinking)
        case call(ChatToolCallPiece)
    }

    /// `maker` is the dialect whose seals the answer bears.
    public init(maker: String) {
        self.maker = maker
    }

    public mutating func take(_ event: ChatEvent) {
        switch event {
        case .text(let piece): addText(piece)
        case .thinking(let piece): addThinking(piece)
        case .seal(let value): seal(value)
        case .toolCall(let piece): addCall(piece)
        case .usage(let later): usage.take(later)
        // What was said first is the cause; the rest follows from it.
        case .finish(let end): finish = finish ?? end
        case .failure(let failure): self.failure = self.failure ?? failure
        }
    }

    private mutating func addText(_ piece: String) {
        guard !piece.isEmpty else { return }
        hasBegun = true
        // Taken out first: text that has two owners would be copied for every piece.
        if case .text(var text)? = parts.last {
            parts.removeLast()
            text += piece
            parts.append(.text(text))
        } else {
            parts.append(.text(piece))
        }
    }

    private mutating func addThinking(_ piece: String) {
        hasBegun = hasBegun || !piece.isEmpty
        // A thought that was sealed is finished.
        if case .thinking(var thinking)? = parts.last, thinking.seal == nil {
            parts.removeLast()
            thinking.text += piece
            parts.append(.thinking(thinking))
        } else {
            parts.append(.thinking(ChatThinking(piece)))
        }
    }

    private mutating func seal(_ value: String) {
        let seal = ChatSeal(maker: maker, value: value)
        if case .thinking(let before)? = parts.last, before.seal == nil {
            parts[parts.count - 1] = .thinking(ChatThinking(before.text, seal: seal))
        } else {
            parts.append(.thinking(ChatThinking("", seal: seal)))
        }
    }

    private mutating func addCall(_ piece: ChatToolCallPiece) {
        hasBegun = true
        let place = parts.lastIndex { part in
            if case .call(let before) = part { before.index == piece.index } else { false }
        }
        guard let place, case .call(var call) = parts[place], !Self.begins(piece, after: call)
        else {
            parts.append(.call(piece))
            return
        }
        parts[place] = .text("")
        call.id = call.id ?? piece.id
        call.name = call.name ?? piece.name
        call.arguments += piece.arguments
        call.seal = call.seal ?? piece.seal
        parts[place] = .call(call)
    }

    /// Servers that number every call 0 tell a new one by its id.
    private static func begins(_ piece: ChatToolCallPiece, after call: ChatToolCallPiece) -> Bool {
        guard let id = piece.id, let before = call.id else { return false }
        return !id.isEmpty && id != before
    }

    // MARK: What came of it

    /// The answer as far as it goes. Calls are whole only in an answer that finished: others are
    /// left out, since nobody may act on half an order.
    public func message(newID: () -> String) -> ChatMessage {
        var ids: Set<String> = []
        let parts = parts.compactMap { draft -> ChatPart? in
            switch draft {
            case .text(let text): return .text(text)
            case .thinking(let thinking): return .thinking(thinking)
            case .call(let piece):
                guard finish != nil, let call = call(piece, &ids, newID) else { return nil }
                return .toolCall(call)
            }
        }
        return ChatMessage(.assistant, parts)
    }

    private func call(
        _ piece: ChatToolCallPiece, _ ids: inout Set<String>, _ newID: () -> String
    ) -> ChatToolCall? {
        guard let name = piece.name, !name.isEmpty, let arguments = Self.arguments(piece.arguments)
        else { return nil }
        var id = piece.id ?? ""
        if id.isEmpty || ids.contains(id) { id = newID() }
        ids.insert(id)
        return ChatToolCall(
            id: id, name: name, arguments: arguments,
            seal: piece.seal.map { ChatSeal(maker: maker, value: $0) })
    }

    /// No arguments at all are an empty object, as several servers have it.
    private static func arguments(_ text: String) -> JSONObject? {
        if text.allSatisfy(\.isWhitespace) { return [:] }
        return (try? JSON(parsing: text))?.object
    }

    /// Why the answer is none, although the server may say otherwise; nil if it is one.
    public var problem: ChatFailure? {
        if let failure { return failure }
        guard let finish else {
            return ChatFailure(.cutShort, "the answer ended before the model had finished")
        }
        if let broken = brokenCall {
            let name = broken.name ?? "a tool"
            return ChatFailure(
                .malformed,
                finish.reason == .length
                    ? "the call of \(name) was cut off at the limit of tokens"
                    : "the model called \(name) with arguments that are no JSON object")
        }
        guard parts.isEmpty || isEmpty else { return nil }
        switch finish.reason {
        case .filtered:
            let detail = finish.detail.isEmpty ? "" : " (\(finish.detail))"
            return ChatFailure(.blocked, "the provider held the answer back\(detail)")
        case .length:
            return ChatFailure(.contextTooLong, "no room was left for an answer")
        default:
            return ChatFailure(.malformed, "the model gave an empty answer")
        }
    }

    private var isEmpty: Bool {
        parts.allSatisfy { part in
            switch part {
            case .text(let text): text.allSatisfy(\.isWhitespace)
            case .thinking: true
            case .call: false
            }
        }
    }

    private var brokenCall: ChatToolCallPiece? {
        for case .call(let piece) in parts {
            if piece.name?.isEmpty ?? true || Self.arguments(piece.arguments) == nil {
                return piece
            }
        }
        return nil
    }
}
