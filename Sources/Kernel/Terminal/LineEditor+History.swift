/// A walk through the history with the arrow keys.
struct HistoryRecall {
    /// What stood there before the walk; it comes back at its end.
    let draft: TextBuffer
    /// Only entries that begin so are shown.
    let prefix: String
    /// Index of the entry shown.
    var position: Int
}

extension LineEditor {
    mutating func moveUp() -> LineAction {
        if !buffer.isOnFirstLine && recall == nil {
            buffer.moveLine(up: true)
            return .redraw
        }
        let prefix = buffer.substring(0..<cursor)
        let walk =
            recall ?? HistoryRecall(draft: buffer, prefix: prefix, position: history.count)
        guard
            let position = history.last(
                before: walk.position, where: { $0.hasPrefix(walk.prefix) && $0 != text })
        else { return .nothing }
        show(position, in: walk)
        return .redraw
    }

    mutating func moveDown() -> LineAction {
        guard let walk = recall else {
            guard !buffer.isOnLastLine else { return .nothing }
            buffer.moveLine(up: false)
            return .redraw
        }
        if let position = history.first(
            after: walk.position, where: { $0.hasPrefix(walk.prefix) })
        {
            show(position, in: walk)
        } else {
            buffer = walk.draft
            recall = nil
        }
        return .redraw
    }

    private mutating func show(_ position: Int, in walk: HistoryRecall) {
        recall = walk
        recall?.position = position
        buffer = TextBuffer(history[position])
    }
}
