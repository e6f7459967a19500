import ModuleJSON

/// Ctrl-R: the history searched while the words are typed.
package struct HistorySearch: Equatable {
    package fileprivate(set) var query = ""
    package fileprivate(set) var isFailing = false
    /// Index of the entry shown; the count of the history before the first match.
    fileprivate var position: Int
    fileprivate let draft: TextBuffer
}

extension LineEditor {
    mutating func beginSearch() -> LineAction {
        search = HistorySearch(position: history.count, draft: buffer)
        recall = nil
        return .redraw
    }

    /// Nil if the key ends the search and is then to be handled as usual.
    mutating func handleInSearch(_ key: Key) -> LineAction? {
        switch key {
        case .text(let text), .paste(let text):
            search?.query += text
            find(fromHere: true)
        case .backspace:
            if search?.query.isEmpty == false { search?.query.removeLast() }
            search?.position = history.count
            find(fromHere: true)
        case .control("r"), .up: find(fromHere: false)
        case .control("s"), .down: findNewer()
        case .control("g"), .control("c"):
            if let draft = search?.draft { buffer = draft }
            search = nil
        case .escape: search = nil
        case .enter:
            search = nil
            return submit()
        default:
            search = nil
            return nil
        }
        return .redraw
    }

    private mutating func find(fromHere: Bool) {
        guard var current = search else { return }
        let query = current.query
        let limit = current.position + (fromHere && current.position < history.count ? 1 : 0)
        if query.isEmpty {
            current.isFailing = false
        } else if let found = history.last(before: limit, where: { $0.contains(query) }) {
            current.isFailing = false
            current.position = found
            showMatch(found, query)
        } else {
            current.isFailing = true
        }
        search = current
    }

    private mutating func findNewer() {
        guard var current = search, !current.query.isEmpty else { return }
        let query = current.query
        let found = history.first(after: current.position, where: { $0.contains(query) })
        current.isFailing = found == nil
        if let found {
            current.position = found
            showMatch(found, query)
        }
        search = current
    }

    private mutating func showMatch(_ position: Int, _ query: String) {
        let entry = history[position]
        buffer = TextBuffer(entry)
        if let range = entry.firstRange(of: query) {
            buffer.move(to: entry.utf8.distance(from: entry.startIndex, to: range.lowerBound))
        }
    }
}
