package import ModuleChat

/// The names of tools as a server takes them, and back. Ours have a dot (`fs.read`), which most
/// servers refuse.
package struct ToolNames: Sendable {
    private var foreign: [String: String] = [:]
    private var own: [String: String] = [:]

    /// What the strictest servers allow.
    private static let charactersMax = 64

    package init(in chat: ChatOrder) {
        for tool in chat.tools { add(tool.name) }
        for message in chat.messages {
            for part in message.parts {
                switch part {
                case .toolCall(let call): add(call.name)
                case .toolResult(let result): add(result.name)
                default: break
                }
            }
        }
    }

    private mutating func add(_ name: String) {
        guard foreign[name] == nil else { return }
        let fitting = Self.fitting(name)
        var candidate = fitting
        var number = 2
        while own[candidate] != nil {
            let end = "_\(number)"
            candidate = fitting.prefix(Self.charactersMax - end.utf8.count) + end
            number += 1
        }
        foreign[name] = candidate
        own[candidate] = name
    }

    /// For the server.
    package func wire(_ name: String) -> String { foreign[name] ?? Self.fitting(name) }

    /// For us: what the model called. A name that nobody gave it stays as it is, also one that it
    /// took from the text of the chat in our spelling.
    package func name(_ wire: String) -> String { own[wire] ?? wire }

    private static func fitting(_ name: String) -> String {
        let letters = name.utf8.prefix(charactersMax).map { byte in
            CallIDs.isPlain(byte) ? byte : UInt8(ascii: "_")
        }
        return letters.isEmpty ? "_" : String(decoding: letters, as: UTF8.self)
    }
}
