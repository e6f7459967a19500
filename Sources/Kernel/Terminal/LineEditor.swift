/// The text being typed, and everything that keys do to it. Pure: a key in, an action out.
package struct LineEditor {
    package internal(set) var buffer = TextBuffer()
    package internal(set) var history: History
    /// A sentence to show under the text until the next key.
    package internal(set) var notice: String?
    package internal(set) var completion: CompletionSession?
    package internal(set) var search: HistorySearch?

    var recall: HistoryRecall?
    private var killRing = KillRing()
    private var undo = UndoStack()
    private var previous = Deed.other
    private var yanked: Range<Int>?

    /// What the key before this one did, as far as the next one cares.
    private enum Deed { case typedWord, typedSpace, killed, yanked, other }

    package init(history: History = History()) {
        self.history = history
    }

    package var text: String { buffer.text }
    package var cursor: Int { buffer.cursor }

    package mutating func handle(_ key: Key) -> LineAction {
        notice = nil
        if search != nil, let action = handleInSearch(key) { return action }
        if completion != nil, let action = handleInCompletion(key) { return action }
        let before = previous
        previous = .other
        return handleEditing(key, after: before)
    }

    private mutating func handleEditing(_ key: Key, after before: Deed) -> LineAction {
        switch key {
        case .text(let text): return type(text, after: before)
        case .paste(let text): return change { $0.insert(text) }
        case .pasteRefused(let byteCount):
            notice =
                "The paste of \(byteCount) bytes was not inserted: "
                + "a line holds \(TextBuffer.bytesMax) at most."
            return .redraw
        case .enter: return enter()
        case .altEnter: return change { $0.insert("\n") }
        case .tab: return .complete(text: text, cursor: cursor)
        case .backspace: return erase { $0.clusterBefore }
        case .delete: return erase { $0.clusterAfter }
        case .altBackspace:
            return kill(.before, before) { $0.wordStart(TextBuffer.isWordCharacter) }
        case .controlDelete: return kill(.after, before) { $0.wordEnd(TextBuffer.isWordCharacter) }
        case .up: return moveUp()
        case .down: return moveDown()
        case .left: return move { $0.clusterBefore }
        case .right: return move { $0.clusterAfter }
        case .wordLeft: return move { $0.wordStart(TextBuffer.isWordCharacter) }
        case .wordRight: return move { $0.wordEnd(TextBuffer.isWordCharacter) }
        case .home: return move { $0.lineStart }
        case .end: return move { $0.lineEnd }
        case .control(let letter): return control(letter, after: before)
        case .alt(let letter): return alt(letter, after: before)
        case .escape, .shiftTab, .pageUp, .pageDown: return .redraw
        }
    }

    private mutating func control(_ letter: Character, after before: Deed) -> LineAction {
        switch letter {
        case "a": return move { $0.lineStart }
        case "b": return move { $0.clusterBefore }
        case "c": return interrupt()
        case "d": return buffer.isEmpty ? .endOfInput : erase { $0.clusterAfter }
        case "e": return move { $0.lineEnd }
        case "f": return move { $0.clusterAfter }
        case "j": return change { $0.insert("\n") }
        case "k":
            return kill(.after, before) { $0.cursor == $0.lineEnd ? $0.clusterAfter : $0.lineEnd }
        case "l": return .clearScreen
        case "n": return moveDown()
        case "p": return moveUp()
        case "r": return beginSearch()
        case "t": return change { $0.transpose() || true }
        case "u":
            return kill(.before, before) {
                $0.cursor == $0.lineStart ? $0.clusterBefore : $0.lineStart
            }
        case "w": return kill(.before, before) { $0.wordStart { !$0.isWhitespace } }
        case "y": return yank()
        case "z": return .suspend
        case "_": return takeBack()
        default: return .nothing
        }
    }

    private mutating func alt(_ letter: Character, after before: Deed) -> LineAction {
        switch letter {
        case "b": move { $0.wordStart(TextBuffer.isWordCharacter) }
        case "f": move { $0.wordEnd(TextBuffer.isWordCharacter) }
        case "d": kill(.after, before) { $0.wordEnd(TextBuffer.isWordCharacter) }
        case "y": before == .yanked ? yankOlder() : .nothing
        default: .nothing
        }
    }

    // MARK: - Changing the text

    private mutating func type(_ text: String, after before: Deed) -> LineAction {
        let isSpace = text.allSatisfy(\.isWhitespace)
        // A word with the space before it is one step back.
        let continues = before == .typedWord && !isSpace || before == .typedSpace
        let undoBefore = undo
        if continues == false { undo.push(buffer) }
        guard insertOrRefuse(text) else {
            undo = undoBefore
            return .redraw
        }
        previous = isSpace ? .typedSpace : .typedWord
        return .redraw
    }

    private mutating func insertOrRefuse(_ text: String) -> Bool {
        guard buffer.insert(text) else {
            refuse()
            return false
        }
        recall = nil
        return true
    }

    private mutating func refuse() {
        notice = "A line holds \(TextBuffer.bytesMax) bytes at most: nothing was inserted."
    }

    /// One step that can be taken back; a closure that answers false says that it did not fit.
    mutating func change(_ body: (inout TextBuffer) -> Bool) -> LineAction {
        let before = buffer
        guard body(&buffer) else {
            buffer = before
            refuse()
            return .redraw
        }
        if buffer.text != before.text {
            undo.push(before)
            recall = nil
        }
        return .redraw
    }

    private mutating func erase(to position: (TextBuffer) -> Int) -> LineAction {
        let target = position(buffer)
        return change {
            _ = $0.remove(to: target)
            return true
        }
    }

    private mutating func kill(
        _ side: KillRing.Joining, _ before: Deed, to position: (TextBuffer) -> Int
    ) -> LineAction {
        let target = position(buffer)
        var killed = ""
        let action = change {
            killed = $0.remove(to: target)
            return true
        }
        killRing.push(killed, joining: before == .killed ? side : nil)
        previous = .killed
        return action
    }

    private mutating func yank() -> LineAction {
        guard let text = killRing.current else { return .nothing }
        let start = cursor
        let action = change { $0.insert(text) }
        yanked = start..<cursor
        previous = .yanked
        return action
    }

    private mutating func yankOlder() -> LineAction {
        killRing.rotate()
        guard let text = killRing.current, let range = yanked else { return .nothing }
        let action = change { $0.replace(range, with: text) }
        yanked = range.lowerBound..<cursor
        previous = .yanked
        return action
    }

    private mutating func takeBack() -> LineAction {
        guard let step = undo.pop() else { return .nothing }
        buffer = step
        recall = nil
        return .redraw
    }

    // MARK: - Moving, and leaving

    mutating func move(to position: (TextBuffer) -> Int) -> LineAction {
        buffer.move(to: position(buffer))
        return .redraw
    }

    private mutating func interrupt() -> LineAction {
        guard !buffer.isEmpty else { return .interrupt }
        // Ctrl-_ brings it back.
        recall = nil
        return change {
            $0 = TextBuffer()
            return true
        }
    }

    private mutating func enter() -> LineAction {
        if buffer.isAtEnd && Self.continues(text) {
            return change {
                _ = $0.remove(to: $0.clusterBefore)
                return $0.insert("\n")
            }
        }
        return submit()
    }

    mutating func submit() -> LineAction {
        let line = text
        history.add(line)
        buffer = TextBuffer()
        undo = UndoStack()
        recall = nil
        previous = .other
        return .submit(line)
    }

    /// Whether a backslash, itself not escaped, asks for another line.
    package static func continues(_ line: String) -> Bool {
        line.utf8.reversed().prefix { $0 == UInt8(ascii: "\\") }.count % 2 == 1
    }
}
