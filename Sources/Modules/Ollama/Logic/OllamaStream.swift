package import ModuleChat
import ModuleJSON
import ModuleProviderKit
import ProviderSupport

/// Reads the answer of a model, line by line.
package struct OllamaStream: AnswerReader {
    private let names: ToolNames
    private let head: AnswerHead
    private var gate = EventGate()
    private var callsCount = 0
    private var hasOpenThought = false

    init(_ chat: ChatOrder, _ head: AnswerHead) {
        names = ToolNames(in: chat)
        self.head = head
    }

    package mutating func read(_ piece: [UInt8], _ emit: (ProviderEvent) -> Void) {
        guard !gate.hasFailed, !gate.hasFinished, !piece.isEmpty else { return }
        if let delta = OllamaDelta(common: piece) {
            take(thinking: delta.thinking, text: delta.text, emit)
            return
        }
        do throws(ChatFailure) {
            try takeLine(Ollama.checked(try JSON(answer: piece), head), emit)
        } catch {
            gate.fail(error, emit)
        }
    }

    /// A stream without `done` is seen to be cut by its missing finish.
    package mutating func close(isWhole: Bool, _ emit: (ProviderEvent) -> Void) {}

    private mutating func takeLine(_ line: JSON, _ emit: (ProviderEvent) -> Void) {
        let message = line["message"] ?? .null
        take(thinking: message["thinking"]?.string, text: message["content"]?.string, emit)
        for call in message["tool_calls"]?.array ?? [] { takeCall(call, emit) }
        guard line["done"]?.bool ?? false else { return }
        closeThought(emit)
        tellUsage(line, emit)
        gate.pass(.finish(finish(line["done_reason"]?.string ?? "stop")), emit)
    }

    private mutating func take(
        thinking: String?, text: String?, _ emit: (ProviderEvent) -> Void
    ) {
        if let thinking, !thinking.isEmpty {
            hasOpenThought = true
            gate.pass(.thinking(thinking), emit)
        }
        if let text, !text.isEmpty {
            closeThought(emit)
            gate.pass(.text(text), emit)
        }
    }

    /// Calls come whole. Older servers give them no id, and newer ones a number that starts at 0
    /// with each line: the place in the answer tells them apart.
    private mutating func takeCall(_ call: JSON, _ emit: (ProviderEvent) -> Void) {
        guard let function = call["function"] else { return }
        closeThought(emit)
        let id = call["id"]?.string ?? ""
        let arguments = function["arguments"]
        let piece = ChatToolCallPiece(
            index: callsCount, id: id.isEmpty ? nil : id,
            name: names.name(function["name"]?.string ?? ""),
            arguments: arguments?.string ?? arguments?.text ?? "{}")
        callsCount += 1
        gate.pass(.toolCall(piece), emit)
    }

    /// Sealed, they come back to this dialect.
    private mutating func closeThought(_ emit: (ProviderEvent) -> Void) {
        guard hasOpenThought else { return }
        hasOpenThought = false
        gate.pass(.seal("thinking"), emit)
    }

    private mutating func tellUsage(_ line: JSON, _ emit: (ProviderEvent) -> Void) {
        func count(_ name: String) -> Int? {
            line[name]?.integer.flatMap { $0 >= 0 ? Int(clamping: $0) : nil }
        }
        let usage = ChatUsage(input: count("prompt_eval_count"), output: count("eval_count"))
        if usage != ChatUsage() { gate.pass(.usage(usage), emit) }
    }

    private func finish(_ reason: String) -> ChatFinish {
        switch reason {
        case "stop": ChatFinish(callsCount > 0 ? .toolCalls : .stop)
        case "length": ChatFinish(.length)
        default: ChatFinish(.other, detail: reason)
        }
    }
}
