/// Killed text, newest last. Kills that follow one another are one entry.
struct KillRing {
    private static let entriesMax = 16

    private var entries: [String] = []
    private var position = 0

    mutating func push(_ text: String, joining: Joining?) {
        guard !text.isEmpty else { return }
        switch joining {
        case .before where !entries.isEmpty: entries[entries.count - 1] = text + entries.last!
        case .after where !entries.isEmpty: entries[entries.count - 1] += text
        default:
            if entries.count == Self.entriesMax { entries.removeFirst() }
            entries.append(text)
        }
        position = entries.count - 1
    }

    /// Where a kill goes that follows another one.
    enum Joining { case before, after }

    var current: String? { entries.isEmpty ? nil : entries[position] }

    /// Steps to the next older entry, and from the oldest to the newest.
    mutating func rotate() {
        position = position > 0 ? position - 1 : max(entries.count - 1, 0)
    }
}
