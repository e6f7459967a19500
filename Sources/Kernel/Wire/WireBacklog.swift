import ModuleJSON

/// Messages that wait for a reader, in order: a value without I/O. A reader that stands still must
/// not cost the kernel its memory, so that news, log lines and progress are dropped beyond a limit,
/// and counted. Replies never are, nor what a task printed: that has a limit of its own.
package struct WireBacklog: Sendable {
    private var messages: [WireMessage] = []
    /// Those before it were taken.
    private var first = 0
    private var droppable = 0
    private var dropped = 0
    /// About how much memory it takes, in bytes.
    package private(set) var weight = 0

    package static let droppableMax = 1_000

    package init() {}

    package var isEmpty: Bool { messages.isEmpty && dropped == 0 }

    package mutating func add(_ message: WireMessage) {
        if message.isDroppable {
            guard droppable < Self.droppableMax else {
                dropped += 1
                return
            }
            droppable += 1
        }
        messages.append(message)
        weight += message.weight
    }

    /// The next message. After the last comes one that says how many are missing, if any are.
    package mutating func takeFirst() -> WireMessage? {
        guard !messages.isEmpty else { return takeNotice() }
        let message = messages[first]
        first += 1
        weight -= message.weight
        if message.isDroppable { droppable -= 1 }
        if first == messages.count {
            messages.removeAll()
            first = 0
        }
        return message
    }

    package mutating func takeAll() -> [WireMessage] {
        var all: [WireMessage] = []
        while let message = takeFirst() { all.append(message) }
        return all
    }

    private mutating func takeNotice() -> WireMessage? {
        guard dropped > 0 else { return nil }
        defer { dropped = 0 }
        return KernelNews.lost(dropped)
    }
}
