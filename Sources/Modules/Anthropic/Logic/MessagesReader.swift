package import ModuleChat
import ModuleJSON
package import ModuleProviderKit
import ProviderSupport

/// Reads the stream of an answer: a message is a list of blocks, and each comes in pieces between
/// its own beginning and end.
package struct MessagesReader: AnswerReader {
    private let plan: MessagesPlan
    private let head: AnswerHead
    private var gate = EventGate()
    private var blocks: [Int64: Block] = [:]
    private var tokens = TokenCount()
    private var callCount = 0

    /// Answers have a few; each is held until it ends.
    private static let blocksMax = 256
    private static let signatureBytesMax = 4 << 20
    /// Of arguments that came before anybody knows whether they are all.
    private static let heldBytesMax = 16 << 20

    /// What is under way of one block.
    private struct Block {
        var kind: Kind
        /// Of a thought, as far as it is known.
        var signature = ""
        /// The arguments that came at once with the beginning of a call, as some servers send them.
        var given = ""

        enum Kind: Hashable {
            case text
            case thought
            case call(Int)
            /// The call that is the answer.
            case answer
            /// Of a kind that nobody asked for.
            case other
        }
    }

    package init(_ order: ChatOrder, at server: ProviderServer, _ head: AnswerHead) {
        plan = MessagesPlan(order, at: server)
        self.head = head
    }

    package mutating func read(_ piece: [UInt8], _ emit: Emit) {
        // Proxies end a stream as OpenAI does.
        guard !gate.hasFailed, !piece.elementsEqual("[DONE]".utf8) else { return }
        do throws(ChatFailure) {
            take(try JSON(answer: piece), emit)
        } catch {
            gate.fail(error, emit)
        }
    }

    package mutating func close(isWhole: Bool, _ emit: Emit) {
        guard isWhole, !gate.hasFinished else { return }
        gate.fail(
            ChatFailure(.cutShort, "the server ended its answer without saying why"), emit)
    }

    private mutating func take(_ event: JSON, _ emit: Emit) {
        let index = event["index"]?.integer ?? 0
        switch event["type"]?.string {
        case "message_start":
            tokens.take(event["message"]?["usage"])
            report(emit)
        case "content_block_start": begin(index, event["content_block"] ?? .null, emit)
        case "content_block_delta": add(event["delta"] ?? .null, to: index, emit)
        case "content_block_stop": end(index, emit)
        case "message_delta": finish(event, emit)
        case "error":
            gate.fail(
                ServerComplaint(inStream: event, head).failure(AnthropicFailures.rules), emit)
        default: break
        }
    }

    private mutating func report(_ emit: Emit) {
        if let usage = tokens.news { gate.pass(.usage(usage), emit) }
    }

    // MARK: Blocks

    private mutating func begin(_ index: Int64, _ json: JSON, _ emit: Emit) {
        guard blocks[index] != nil || blocks.count < Self.blocksMax else {
            return gate.fail(
                ChatFailure(
                    .malformed, "the server has more than \(Self.blocksMax) blocks open at once"),
                emit)
        }
        var block = Block(kind: .other)
        switch json["type"]?.string {
        case "text":
            block.kind = .text
            gate.pass(.text(json["text"]?.string ?? ""), emit)
        case "thinking":
            block.kind = .thought
            block.signature = json["signature"]?.string ?? ""
            gate.pass(.thinking(json["thinking"]?.string ?? ""), emit)
        case "redacted_thinking":
            if let data = json["data"]?.string {
                gate.pass(.seal(plan.seals.value(hidden: data)), emit)
            }
        case "tool_use": begin(call: json, &block, emit)
        default: break
        }
        let held = blocks.values.reduce(block.given.utf8.count) { $0 + $1.given.utf8.count }
        guard held <= Self.heldBytesMax else {
            return gate.fail(ChatFailure(.malformed, "the calls that began do not end"), emit)
        }
        guard !gate.hasFailed else { return }
        blocks[index] = block
    }

    private mutating func begin(call json: JSON, _ block: inout Block, _ emit: Emit) {
        let name = json["name"]?.string ?? ""
        let given = json["input"]?.object ?? [:]
        block.given = given.isEmpty ? "" : JSON.object(given).text
        if name == plan.answerTool {
            block.kind = .answer
            return
        }
        block.kind = .call(callCount)
        let piece = ChatToolCallPiece(
            index: callCount, id: json["id"]?.string, name: plan.names.name(name))
        callCount += 1
        gate.pass(.toolCall(piece), emit)
    }

    private mutating func add(_ delta: JSON, to index: Int64, _ emit: Emit) {
        switch delta["type"]?.string {
        case "text_delta": gate.pass(.text(delta["text"]?.string ?? ""), emit)
        case "thinking_delta": gate.pass(.thinking(delta["thinking"]?.string ?? ""), emit)
        case "signature_delta":
            sign(index, delta["signature"]?.string ?? "", emit)
        case "input_json_delta": add(delta["partial_json"]?.string ?? "", to: index, emit)
        default: break
        }
    }

    private mutating func sign(_ index: Int64, _ signature: String, _ emit: Emit) {
        if blocks[index] == nil { begin(index, ["type": "thinking"], emit) }
        let bytes = (blocks[index]?.signature.utf8.count ?? 0) + signature.utf8.count
        guard bytes <= Self.signatureBytesMax else {
            return gate.fail(ChatFailure(.malformed, "the signature of a thought has no end"), emit)
        }
        blocks[index]?.signature += signature
    }

    private mutating func add(_ arguments: String, to index: Int64, _ emit: Emit) {
        guard !arguments.isEmpty, let kind = blocks[index]?.kind else { return }
        switch kind {
        case .call(let call):
            gate.pass(.toolCall(ChatToolCallPiece(index: call, arguments: arguments)), emit)
        case .answer: gate.pass(.text(arguments), emit)
        case .text, .thought, .other: return
        }
        blocks[index]?.given = ""
    }

    private mutating func end(_ index: Int64, _ emit: Emit) {
        guard let block = blocks.removeValue(forKey: index) else { return }
        let given = block.given
        switch block.kind {
        case .thought: gate.pass(.seal(plan.seals.value(signature: block.signature)), emit)
        case .answer: gate.pass(.text(given), emit)
        case .call(let call) where !given.isEmpty:
            gate.pass(.toolCall(ChatToolCallPiece(index: call, arguments: given)), emit)
        case .call, .text, .other: break
        }
    }

    // MARK: The end

    private mutating func finish(_ event: JSON, _ emit: Emit) {
        tokens.take(event["usage"])
        report(emit)
        guard let delta = event["delta"], let reason = delta["stop_reason"]?.string else { return }
        gate.pass(.finish(finish(reason, delta)), emit)
    }

    private func finish(_ reason: String, _ delta: JSON) -> ChatFinish {
        switch reason {
        case "end_turn", "stop_sequence": return ChatFinish(.stop)
        case "tool_use": return ChatFinish(callCount > 0 ? .toolCalls : .stop)
        case "max_tokens": return ChatFinish(.length, detail: "the limit of tokens is reached")
        case "model_context_window_exceeded":
            return ChatFinish(.length, detail: "the window of the model is full")
        case "refusal":
            let details = delta["stop_details"]
            let said = details?["explanation"]?.string ?? details?["category"]?.string
            return ChatFinish(.filtered, detail: Sentence.shortened(said ?? reason))
        case "pause_turn":
            return ChatFinish(.other, detail: "the server paused: ask the model to go on")
        default: return ChatFinish(.other, detail: Sentence.shortened(reason))
        }
    }
}

/// Adds up what the server counts apart: tokens read from its cache, and those written to it, are
/// not in its `input_tokens`.
private struct TokenCount {
    private var fresh: Int64?
    private var read: Int64?
    private var written: Int64?
    private var output: Int64?
    private var thinking: Int64?
    private var told = ChatUsage()

    mutating func take(_ usage: JSON?) {
        guard let usage else { return }
        fresh = usage["input_tokens"]?.integer ?? fresh
        read = usage["cache_read_input_tokens"]?.integer ?? read
        written = usage["cache_creation_input_tokens"]?.integer ?? written
        output = usage["output_tokens"]?.integer ?? output
        thinking = usage["output_tokens_details"]?["thinking_tokens"]?.integer ?? thinking
    }

    /// Nil if nothing is known that was not told before.
    var news: ChatUsage? {
        mutating get {
            let input = fresh.map { $0.addingClamped(read ?? 0).addingClamped(written ?? 0) }
            let usage = ChatUsage(
                input: Self.count(input), cached: Self.count(read), output: Self.count(output),
                thinking: Self.count(thinking))
            guard usage != told else { return nil }
            told = usage
            return usage
        }
    }

    private static func count(_ value: Int64?) -> Int? { value.map { max(0, Int($0)) } }
}

extension Int64 {
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}
