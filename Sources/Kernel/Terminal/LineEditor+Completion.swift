extension LineEditor {
    /// The answer to `.complete`. The first Tab inserts what all candidates have in common, the
    /// second lists them, further ones walk through them.
    package mutating func complete(with result: CompletionResult) -> LineAction {
        guard
            result.range.lowerBound >= 0, result.range.upperBound <= buffer.end,
            let first = result.candidates.first
        else {
            notice = "Nothing to complete here."
            return .redraw
        }
        if result.candidates.count == 1 {
            return change { $0.replace(result.range, with: first.text + first.suffix) }
        }
        var session = CompletionSession(result)
        let prefix = session.commonPrefix
        let action = change { $0.replace(result.range, with: prefix) }
        session.insertedEnd = cursor
        completion = session
        return action
    }

    /// Nil if the key ends the completion and is then to be handled as usual.
    mutating func handleInCompletion(_ key: Key) -> LineAction? {
        switch key {
        case .tab: return step(by: 1)
        case .shiftTab: return step(by: -1)
        case .escape where completion?.isListed == true:
            completion = nil
            return .redraw
        case .enter where completion?.selected != nil:
            // Takes the candidate; another Enter submits.
            let suffix = completion?.selectedCandidate?.suffix ?? ""
            completion = nil
            return change { $0.insert(suffix) }
        default:
            completion = nil
            return nil
        }
    }

    private mutating func step(by amount: Int) -> LineAction {
        guard var session = completion else { return .nothing }
        if !session.isListed {
            session.isListed = true
            completion = session
            return .redraw
        }
        session.select(by: amount)
        let range = session.start..<session.insertedEnd
        let text = session.selectedCandidate?.text ?? session.commonPrefix
        let action = change { $0.replace(range, with: text) }
        session.insertedEnd = cursor
        completion = session
        return action
    }
}
