import ModuleJSON
import ProviderSupport

/// What one piece of a stream adds to the answer.
struct ChatDelta {
    var thinking: String?
    var text: String?
    var calls: [Call] = []
    var finish: String?

    struct Call {
        var index: Int?
        var id: String?
        var name: String?
        var arguments = ""
    }

    init() {}

    /// Of a choice that was parsed whole. Answers that are not streamed have a `message` in the
    /// place of the `delta`.
    init(choice: JSON) {
        finish = choice["finish_reason"]?.string
        let delta = choice["delta"] ?? choice["message"] ?? .null
        thinking = Self.text(delta["reasoning_content"]) ?? Self.text(delta["reasoning"])
        switch delta["content"] {
        case .array(let parts)?:
            let thoughts = parts.compactMap { part in
                (part["thinking"]?.array ?? []).compactMap { $0["text"]?.string }.joined()
            }
            thinking = thinking ?? Self.text(.string(thoughts.joined()))
            text = Self.text(.string(parts.compactMap { $0["text"]?.string }.joined()))
        case let content: text = Self.text(content)
        }
        text = text ?? Self.text(delta["refusal"])
        calls = (delta["tool_calls"]?.array ?? []).map(Call.init)
    }

    private static func text(_ json: JSON?) -> String? {
        guard let text = json?.string, !text.isEmpty else { return nil }
        return text
    }
}

extension ChatDelta.Call {
    private static let indices: Range<Int64> = 0..<1_000_000

    fileprivate init(_ json: JSON) {
        // Of any other number nobody would know what comes behind it.
        index = json["index"]?.integer.flatMap { Self.indices.contains($0) ? Int($0) : nil }
        id = json["id"]?.string
        let function = json["function"]
        name = function?["name"]?.string
        switch function?["arguments"] {
        case .string(let text)?: arguments = text
        // Some servers forget that they are to be a text.
        case .object(let object)?: arguments = JSON.object(object).text
        default: break
        }
    }
}

// MARK: The pieces that come by the thousand

extension ChatDelta {
    /// Reads a piece that adds text, a thought, or arguments of a call, and nothing else. Nil is no
    /// error: such a piece is read whole.
    init?(common piece: [UInt8]) {
        var pull = JSONPull(piece)
        guard pull.enterObject(), readChunk(&pull), pull.isAtEnd() else { return nil }
    }

    private mutating func readChunk(_ pull: inout JSONPull) -> Bool {
        var hasChoice = false
        let isSure = pull.forEachMember { name, pull in
            if pull.isName(name, "choices") {
                guard !hasChoice, pull.enterArray(), pull.enterObject(), readChoice(&pull) else {
                    return false
                }
                hasChoice = true
                return pull.endArray() == true
            }
            if pull.isName(name, "usage") || pull.isName(name, "error") { return pull.null() }
            return !pull.isName(name, "x_groq") && pull.skip()
        }
        return isSure && hasChoice
    }

    private mutating func readChoice(_ pull: inout JSONPull) -> Bool {
        pull.forEachMember { name, pull in
            if pull.isName(name, "delta") { return pull.enterObject() && readDelta(&pull) }
            if pull.isName(name, "finish_reason") { return pull.null() }
            if pull.isName(name, "index") { return pull.smallInteger() == 0 }
            return !pull.isName(name, "message") && pull.skip()
        }
    }

    private mutating func readDelta(_ pull: inout JSONPull) -> Bool {
        pull.forEachMember { name, pull in readMember(name, &pull) }
    }

    private mutating func readMember(_ name: JSONPull.Name, _ pull: inout JSONPull) -> Bool {
        if pull.isName(name, "content") {
            if pull.null() { return true }
            text = pull.string()
            return text != nil
        }
        if pull.isName(name, "reasoning_content") || pull.isName(name, "reasoning") {
            if pull.null() { return true }
            guard let thought = pull.string() else { return false }
            // Several servers say it under both names.
            if thinking?.isEmpty ?? true { thinking = thought }
            return true
        }
        if pull.isName(name, "tool_calls") {
            return pull.null() || readArguments(&pull)
        }
        if pull.isName(name, "refusal") { return pull.null() }
        return pull.skip()
    }

    /// A list of one call, of which nothing but more of its arguments is said.
    private mutating func readArguments(_ pull: inout JSONPull) -> Bool {
        guard pull.enterArray(), pull.enterObject() else { return false }
        var call = Call()
        let isSure = pull.forEachMember { name, pull in
            if pull.isName(name, "index") {
                call.index = pull.smallInteger()
                return call.index != nil
            }
            if pull.isName(name, "function") {
                guard let arguments = Self.arguments(&pull) else { return false }
                call.arguments = arguments
                return true
            }
            return pull.isName(name, "type") ? pull.skip() : pull.null()
        }
        calls = [call]
        return isSure && call.index != nil && pull.endArray() == true
    }

    private static func arguments(_ pull: inout JSONPull) -> String? {
        guard pull.enterObject() else { return nil }
        var arguments: String?
        let isSure = pull.forEachMember { name, pull in
            guard pull.isName(name, "arguments") else { return pull.null() }
            arguments = pull.string()
            return arguments != nil
        }
        return isSure ? arguments : nil
    }
}
