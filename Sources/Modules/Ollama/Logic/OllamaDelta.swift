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
        var hasMessage = false
        let isSure = pull.forEachMember { name, pull in
            if pull.isName(name, "message") {
                guard !hasMessage, pull.enterObject() else { return false }
                hasMessage = true
                return readMessage(&pull)
            }
            if pull.isName(name, "done") { return pull.isFalse() }
            return !pull.isName(name, "error") && pull.skip()
        }
        return isSure && hasMessage
    }

    private mutating func readMessage(_ pull: inout JSONPull) -> Bool {
        pull.forEachMember { name, pull in
            if pull.isName(name, "content") {
                text = pull.string()
                return text != nil
            }
            if pull.isName(name, "thinking") {
                thinking = pull.string()
                return thinking != nil
            }
            return !pull.isName(name, "tool_calls") && pull.skip()
        }
    }
}
