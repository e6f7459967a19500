package import ModuleChat
import ModuleJSON
import ModuleProviderKit
import ProviderSupport

/// Reads the answer of a model, piece by piece.
package struct ChatStream: AnswerReader {
    private let names: ToolNames
    private let head: AnswerHead
    private let preset: String
    /// Thoughts are sealed, so that they come back to this server.
    private let seals: Bool
    private var gate = EventGate()
    private var calls = CallTable()
    private var usage: ChatUsage?
    private var hasOpenThought = false
    private var hasPiece = false
    /// The server said that nothing follows.
    private var isDone = false

    init(_ chat: ChatOrder, _ quirks: Quirks, preset: String, _ head: AnswerHead) {
        names = ToolNames(in: chat)
        self.head = head
        self.preset = preset
        seals = quirks.returnsThinking
    }

    package mutating func read(_ piece: [UInt8], _ emit: (ProviderEvent) -> Void) {
        guard !isDone, !gate.hasFailed, !piece.isEmpty else { return }
        hasPiece = true
        if let delta = ChatDelta(common: piece) {
            take(delta, emit)
        } else if piece.elementsEqual("[DONE]".utf8) {
            isDone = true
            tellUsage(emit)
        } else {
            do throws(ChatFailure) {
                try take(try JSON(answer: piece), emit)
            } catch {
                gate.fail(error, emit)
            }
        }
    }

    package mutating func close(isWhole: Bool, _ emit: (ProviderEvent) -> Void) {
        tellUsage(emit)
        guard isWhole, !hasPiece else { return }
        let type = head.headers["content-type"].map { " but \($0)" } ?? ""
        gate.fail(
            ChatFailure(.malformed, "the server sent no stream of events\(type)"), emit)
    }

    private mutating func take(_ chunk: JSON, _ emit: Emit) throws(ChatFailure) {
        guard let object = chunk.object else {
            throw ChatFailure(.malformed, "the server sent \(chunk.text.prefix(40)) as a piece")
        }
        let error = object["error"] ?? .null
        if !error.isNull || object["object"] == "error" {
            throw ServerComplaint(inStream: chunk, head).failure(OpenAI.failureRules)
        }
        let choices = object["choices"]?.array ?? []
        if let counted = ChatUsage(object["usage"] ?? object["x_groq"]?["usage"] ?? .null) {
            usage = counted
        }
        for choice in choices where choice["index"]?.integer ?? 0 == 0 {
            take(ChatDelta(choice: choice), emit)
        }
        // Some servers count with every piece: it is told once.
        if choices.isEmpty || gate.hasFinished { tellUsage(emit) }
    }

    private mutating func take(_ delta: ChatDelta, _ emit: Emit) {
        if let thinking = delta.thinking, !thinking.isEmpty {
            hasOpenThought = true
            gate.pass(.thinking(thinking), emit)
        }
        if let text = delta.text, !text.isEmpty {
            closeThought(emit)
            gate.pass(.text(text), emit)
        }
        for call in delta.calls {
            guard !gate.hasFailed else { return }
            guard let piece = calls.piece(of: call, names) else { continue }
            closeThought(emit)
            gate.pass(.toolCall(piece), emit)
        }
        if let finish = delta.finish { self.finish(finish, emit) }
    }

    private mutating func closeThought(_ emit: Emit) {
        guard hasOpenThought else { return }
        hasOpenThought = false
        if seals { gate.pass(.seal(preset), emit) }
    }

    private mutating func tellUsage(_ emit: Emit) {
        guard let told = usage else { return }
        usage = nil
        gate.pass(.usage(told), emit)
    }

    /// The reason is a claim: some servers say `tool_calls` of plain text, and others `stop` of a
    /// call.
    private mutating func finish(_ reason: String, _ emit: Emit) {
        closeThought(emit)
        let ended: ChatFinish.Reason = calls.isEmpty ? .stop : .toolCalls
        switch reason {
        case "stop", "eos", "end_turn", "stop_sequence": gate.pass(.finish(ChatFinish(ended)), emit)
        case "tool_calls", "function_call", "tool_use":
            gate.pass(.finish(ChatFinish(ended, detail: calls.isEmpty ? reason : "")), emit)
        case "length", "max_tokens", "model_length":
            gate.pass(.finish(ChatFinish(.length)), emit)
        case "content_filter", "refusal", "safety":
            gate.pass(.finish(ChatFinish(.filtered, detail: reason)), emit)
        case "insufficient_system_resource":
            let sentence = "the server ran out of resources in the middle of the answer"
            gate.fail(ChatFailure(.overloaded, sentence), emit)
        case "error":
            let sentence = "the server broke off with an error that it does not name"
            gate.fail(ChatFailure(.server, sentence), emit)
        default: gate.pass(.finish(ChatFinish(.other, detail: reason)), emit)
        }
    }
}

extension ChatUsage {
    /// Nil where there is nothing to know.
    fileprivate init?(_ json: JSON) {
        guard json.object != nil else { return nil }
        func count(_ value: JSON?) -> Int? {
            value?.integer.flatMap { $0 >= 0 ? Int(clamping: $0) : nil }
        }
        let thinking = count(json["completion_tokens_details"]?["reasoning_tokens"])
        var output = count(json["completion_tokens"])
        let input = count(json["prompt_tokens"])
        // xAI counts thoughts beside the answer, everybody else within it.
        if let thinking, thinking > 0, let said = output, let input,
            let total = count(json["total_tokens"]),
            total.subtractingReportingOverflow(input).partialValue
                == said.addingReportingOverflow(thinking).partialValue
        {
            output = said.addingReportingOverflow(thinking).partialValue
        }
        self.init(
            input: input,
            cached: count(json["prompt_tokens_details"]?["cached_tokens"])
                ?? count(json["prompt_cache_hit_tokens"]),
            output: output, thinking: thinking)
    }
}
