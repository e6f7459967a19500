/// The lines that were submitted, oldest first, each once: one that comes again moves to the end.
package struct History: Sendable {
    package static let entriesMax = 5000
    /// Longer ones can be submitted, but are not kept.
    package static let entryBytesMax = 16 << 10

    private var entries: [String] = []
    /// Called with every line that is newly kept, to write it down.
    private let append: @Sendable (String) -> Void

    package init(
        _ entries: [String] = [], append: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.append = append
        var seen: Set<String> = []
        var kept: [String] = []
        for entry in entries.reversed() where kept.count < Self.entriesMax {
            if seen.insert(entry).inserted { kept.append(entry) }
        }
        self.entries = kept.reversed()
    }

    package var count: Int { entries.count }
    package subscript(position: Int) -> String { entries[position] }

    /// Not kept: empty lines, and those that begin with a space, as in a shell.
    package mutating func add(_ line: String) {
        guard
            !line.allSatisfy(\.isWhitespace), line.first != " ",
            line.utf8.count <= Self.entryBytesMax, line != entries.last
        else { return }
        entries.removeAll { $0 == line }
        if entries.count == Self.entriesMax { entries.removeFirst() }
        entries.append(line)
        append(line)
    }

    func last(before position: Int, where matches: (String) -> Bool) -> Int? {
        entries[..<position].lastIndex(where: matches)
    }

    func first(after position: Int, where matches: (String) -> Bool) -> Int? {
        guard position < count else { return nil }
        return entries[(position + 1)...].firstIndex(where: matches)
    }
}
