import ProviderSupport

/// A line that adds text or a thought and nothing else, as they come by the thousand.
struct OllamaDelta {
    private(set) var thinking: String?
    private(set) var text: String?

    /// Nil is no error: such a line is read whole.
    init?(common piece: [UInt8]) {
        var pull = JSONPull(piece)
        guard pull.enterObject(), readLine(&pull), pull.isAtEnd() else { return nil }
    }

    private mutating func readLine(_ pull: inout JSONPull) -> Bool {
        var isFirst = true
        var hasMessage = false
        while true {
            switch pull.nextMember(isFirst: isFirst) {
            case .end: return hasMessage
            case .doubt: return false
            case .member(let name):
                if pull.isName(name, "message") {
                    guard !hasMessage, pull.enterObject(), readMessage(&pull) else { return false }
                    hasMessage = true
                } else if pull.isName(name, "done") {
                    if !pull.isFalse() { return false }
                } else if pull.isName(name, "error") || !pull.skip() {
                    return false
                }
            }
            isFirst = false
        }
    }

    private mutating func readMessage(_ pull: inout JSONPull) -> Bool {
        var isFirst = true
        while true {
            switch pull.nextMember(isFirst: isFirst) {
            case .end: return true
            case .doubt: return false
            case .member(let name):
                if pull.isName(name, "content") {
                    text = pull.string()
                    if text == nil { return false }
                } else if pull.isName(name, "thinking") {
                    thinking = pull.string()
                    if thinking == nil { return false }
                } else if pull.isName(name, "tool_calls") || !pull.skip() {
                    return false
                }
            }
            isFirst = false
        }
    }
}
