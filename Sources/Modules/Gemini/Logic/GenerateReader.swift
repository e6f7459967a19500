package import ModuleChat
import ModuleJSON
package import ModuleProviderKit
import ProviderSupport

/// Reads the stream of an answer: each piece is a whole `GenerateContentResponse` with some more
/// parts, of which calls are never cut.
package struct GenerateReader: AnswerReader {
    private let head: AnswerHead
    private let model: String
    private let names: ToolNames
    private var ids: NewCallIDs
    private var gate = EventGate()
    private var usage = ChatUsage()
    private var callCount = 0
    private var hasCandidate = false

    package init(_ order: ChatOrder, _ head: AnswerHead) {
        self.head = head
        model = GeminiModel(order.model).name
        names = ToolNames(in: order)
        ids = NewCallIDs(in: order)
    }

    package mutating func read(_ piece: [UInt8], _ emit: Emit) {
        guard !gate.hasFailed else { return }
        do throws(ChatFailure) {
            try take(try JSON(answer: piece), emit)
        } catch {
            gate.fail(error, emit)
        }
    }

    package mutating func close(isWhole: Bool, _ emit: Emit) {
        guard isWhole, !gate.hasFinished else { return }
        gate.fail(
            hasCandidate
                ? ChatFailure(.cutShort, "Gemini ended its answer without saying why")
                : ChatFailure(.malformed, "Gemini gave an empty answer, without any candidate"),
            emit)
    }

    private mutating func take(_ json: JSON, _ emit: Emit) throws(ChatFailure) {
        // A refusal may be a list of one.
        let response = json[0] ?? json
        if response["error"] != nil {
            throw GeminiFailures.failure(ServerComplaint(inStream: response, head))
        }
        report(response["usageMetadata"], emit)
        if let feedback = response["promptFeedback"], let reason = feedback["blockReason"]?.string {
            throw FinishReason.refusal(reason, feedback["blockReasonMessage"]?.string)
        }
        // One is asked for.
        guard let candidate = response["candidates"]?[0] else { return }
        hasCandidate = true
        for part in candidate["content"]?["parts"]?.array ?? [] { take(part: part, emit) }
        guard let reason = candidate["finishReason"]?.string else { return }
        let finish = try FinishReason.finish(
            reason, candidate["finishMessage"]?.string, hasCalls: callCount > 0)
        gate.pass(.finish(finish), emit)
    }

    // MARK: Parts

    private mutating func take(part: JSON, _ emit: Emit) {
        let signature = part["thoughtSignature"]?.string ?? ""
        if let call = part["functionCall"] {
            take(call: call, signature, emit)
        } else if let text = part["text"]?.string {
            let isThought = part["thought"] == true
            gate.pass(isThought ? .thinking(text) : .text(text), emit)
            let bytes = text.utf8.count
            seal(signature, on: isThought ? .thought(bytes: bytes) : .text(bytes: bytes), emit)
        } else {
            // A signature may come on a part without anything else.
            seal(signature, on: .text(bytes: 0), emit)
        }
    }

    private func sealed(_ signature: String, on part: PartSeal.Part) -> String? {
        signature.isEmpty ? nil : PartSeal(signature, on: part, of: model).value
    }

    private mutating func seal(_ signature: String, on part: PartSeal.Part, _ emit: Emit) {
        if let value = sealed(signature, on: part) { gate.pass(.seal(value), emit) }
    }

    private mutating func take(call: JSON, _ signature: String, _ emit: Emit) {
        let arguments = call["args"]?.object ?? [:]
        let piece = ChatToolCallPiece(
            index: callCount, id: ids.next(call["id"]?.string),
            name: name(call["name"]?.string ?? ""),
            arguments: JSON.object(arguments).text, seal: sealed(signature, on: .call))
        callCount += 1
        gate.pass(.toolCall(piece), emit)
    }

    /// Models put the name of their own library before a name at times.
    private func name(_ wire: String) -> String {
        for library in ["default_api:", "default_api."] where wire.hasPrefix(library) {
            return names.name(String(wire.dropFirst(library.count)))
        }
        return names.name(wire)
    }

    // MARK: Tokens

    /// Every piece counts from the beginning; what did not change is not told again.
    private mutating func report(_ counts: JSON?, _ emit: Emit) {
        guard let counts else { return }
        func count(_ name: String) -> Int? { counts[name]?.integer.map { max(0, Int($0)) } }
        let thinking = count("thoughtsTokenCount")
        var known = usage
        known.take(
            ChatUsage(
                input: Self.sum(count("promptTokenCount"), count("toolUsePromptTokenCount")),
                cached: count("cachedContentTokenCount"),
                output: Self.sum(count("candidatesTokenCount"), thinking), thinking: thinking))
        guard known != usage else { return }
        usage = known
        gate.pass(.usage(known), emit)
    }

    private static func sum(_ first: Int?, _ second: Int?) -> Int? {
        guard first != nil || second != nil else { return nil }
        let (sum, isOver) = (first ?? 0).addingReportingOverflow(second ?? 0)
        return isOver ? .max : sum
    }
}

/// Names calls that the server did not: unlike any other of the chat, and always the same.
private struct NewCallIDs: Sendable {
    private var taken: Set<String> = []
    private var count = 0

    init(in order: ChatOrder) {
        for message in order.messages {
            for call in message.toolCalls { taken.insert(call.id) }
        }
        count = taken.count
    }

    mutating func next(_ given: String?) -> String {
        if let given, !given.isEmpty, taken.insert(given).inserted { return given }
        repeat { count += 1 } while !taken.insert("call_\(count)").inserted
        return "call_\(count)"
    }
}
