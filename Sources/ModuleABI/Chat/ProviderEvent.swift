public import ModuleJSON

/// What a provider read off its server.
public enum ProviderEvent: Sendable, Hashable {
    case chat(ChatEvent)
    /// What came of an order that is no chat: of `models` a list, of `model` one, of `tokens` a
    /// number, of the others nothing.
    case value(JSON)
    /// From 0 to 1, if it is known.
    case progress(fraction: Double?, note: String)
}

// The form at the boundary: a kind of `mod/provider.h`, a number and bytes.

extension ProviderEvent {
    public struct Encoded: Sendable, Hashable {
        public var kind: UInt32
        public var index: UInt32
        public var value: [UInt8]

        public init(kind: UInt32, index: UInt32 = 0, value: [UInt8]) {
            self.kind = kind
            self.index = index
            self.value = value
        }
    }

    private enum Kind: UInt32 {
        case text = 1
        case thinking
        case seal
        case call
        case arguments
        case usage
        case finish
        case failure
        case value
        case progress
    }

    /// One event, or two for a piece of a call that begins and has arguments already.
    public var encoded: [Encoded] {
        switch self {
        case .chat(let event): Self.encode(event)
        case .value(let value): [Encoded(kind: Kind.value.rawValue, value: value.serialized())]
        case .progress(let fraction, let note):
            [
                Self.encode(
                    .progress, ["fraction": fraction.map { .number($0) }, "note": .string(note)])
            ]
        }
    }

    private static func encode(_ event: ChatEvent) -> [Encoded] {
        switch event {
        case .text(let text): [encode(.text, text)]
        case .thinking(let text): [encode(.thinking, text)]
        case .seal(let seal): [encode(.seal, seal)]
        case .toolCall(let piece): encode(piece)
        case .usage(let usage):
            [
                encode(
                    .usage,
                    [
                        "input": count(usage.input), "cached": count(usage.cached),
                        "output": count(usage.output), "thinking": count(usage.thinking),
                    ])
            ]
        case .finish(let finish):
            [
                encode(
                    .finish,
                    ["reason": .string(finish.reason.rawValue), "detail": .string(finish.detail)])
            ]
        case .failure(let failure):
            [
                encode(
                    .failure,
                    [
                        "kind": .string(failure.kind.rawValue),
                        "message": .string(failure.message),
                        "retryAfterSeconds": failure.retryAfterSeconds.map { .number($0) },
                    ])
            ]
        }
    }

    private static func encode(_ piece: ChatToolCallPiece) -> [Encoded] {
        var list: [Encoded] = []
        if piece.id != nil || piece.name != nil || piece.seal != nil {
            list.append(
                encode(
                    .call,
                    [
                        "id": piece.id.map { .string($0) }, "name": piece.name.map { .string($0) },
                        "seal": piece.seal.map { .string($0) },
                    ], piece.index))
        }
        if !piece.arguments.isEmpty || list.isEmpty {
            list.append(encode(.arguments, piece.arguments, piece.index))
        }
        return list
    }

    private static func count(_ value: Int?) -> JSON? { value.map { .integer(Int64($0)) } }

    private static func encode(_ kind: Kind, _ text: String, _ index: Int = 0) -> Encoded {
        Encoded(
            kind: kind.rawValue, index: UInt32(clamping: index), value: Array(text.utf8))
    }

    private static func encode(
        _ kind: Kind, _ members: KeyValuePairs<String, JSON?>, _ index: Int = 0
    ) -> Encoded {
        var object: JSONObject = [:]
        for (name, value) in members {
            if let value { object[name] = value }
        }
        return Encoded(
            kind: kind.rawValue, index: UInt32(clamping: index),
            value: JSON.object(object).serialized())
    }

    /// An event of a kind that is not known, from a newer provider, is nil.
    public init?(_ encoded: Encoded) throws(ChatReadingError) {
        guard let kind = Kind(rawValue: encoded.kind) else { return nil }
        let text = { String(decoding: encoded.value, as: UTF8.self) }
        let index = Int(encoded.index)
        switch kind {
        case .text: self = .chat(.text(text()))
        case .thinking: self = .chat(.thinking(text()))
        case .seal: self = .chat(.seal(text()))
        case .arguments: self = .chat(.toolCall(ChatToolCallPiece(index: index, arguments: text())))
        case .call:
            let reader = try Self.reader(encoded, "call")
            self = .chat(
                .toolCall(
                    ChatToolCallPiece(
                        index: index, id: try reader.optionalText("id"),
                        name: try reader.optionalText("name"),
                        seal: try reader.optionalText("seal"))))
        case .usage: self = .chat(.usage(try ChatUsage(Self.reader(encoded, "usage"))))
        case .finish:
            let reader = try Self.reader(encoded, "finish")
            self = .chat(
                .finish(
                    ChatFinish(
                        try reader.choice("reason"),
                        detail: try reader.optionalText("detail") ?? "")))
        case .failure:
            let reader = try Self.reader(encoded, "failure")
            self = .chat(
                .failure(
                    ChatFailure(
                        try reader.choice("kind"), try reader.text("message"),
                        retryAfterSeconds: try reader.number("retryAfterSeconds"))))
        case .value: self = .value(try Self.parsed(encoded, "value"))
        case .progress:
            let reader = try Self.reader(encoded, "progress")
            self = .progress(
                fraction: try reader.number("fraction"),
                note: try reader.optionalText("note") ?? "")
        }
    }

    private static func parsed(
        _ encoded: Encoded, _ what: String
    ) throws(ChatReadingError) -> JSON {
        do {
            return try JSON(parsing: encoded.value)
        } catch {
            throw ChatReadingError(what, "is no JSON: \(error)")
        }
    }

    private static func reader(
        _ encoded: Encoded, _ what: String
    ) throws(ChatReadingError) -> ChatReader {
        try ChatReader(try parsed(encoded, what), what)
    }
}

extension ChatUsage {
    init(_ reader: ChatReader) throws(ChatReadingError) {
        self.init(
            input: try reader.count("input"), cached: try reader.count("cached"),
            output: try reader.count("output"), thinking: try reader.count("thinking"))
    }
}
