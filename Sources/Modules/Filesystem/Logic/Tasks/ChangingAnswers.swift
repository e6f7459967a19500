import ModuleJSON

/// What became of write, edit and undo.
struct ChangeAnswer: Encodable {
    let path: String
    /// What undo takes to take it back; nil if the content was the same already.
    let change: Int?
    let created: Bool?
    let removed: Bool?
    let size: Int?
    let sha256: String?
    let edits: [Place]?
    let note: String?

    struct Place: Encodable {
        let replaced: Int
        let line: Int
    }

    init(_ outcome: Changer.Outcome, _ edits: [Edit.Result]? = nil) {
        path = outcome.path.description
        change = outcome.change
        created = outcome.created && outcome.hash != nil ? true : nil
        removed = outcome.hash == nil ? true : nil
        size = outcome.hash == nil ? nil : outcome.size
        sha256 = outcome.hash
        self.edits = edits?.map { Place(replaced: $0.replaced, line: $0.line) }
        note = Self.note(outcome)
    }

    private static func note(_ outcome: Changer.Outcome) -> String? {
        if outcome.change == nil { return "the content was the same already; nothing was written" }
        if outcome.otherNames > 0 {
            return "the file has \(outcome.otherNames) more "
                + "\(outcome.otherNames == 1 ? "name, which keeps" : "names, which keep") the old "
                + "content"
        }
        return nil
    }
}

struct ChangesAnswer: Encodable {
    let changes: [Change]
    let more: Int?

    struct Change: Encodable {
        let id: Int
        let time: String
        let kind: String
        let path: String
        /// Nil if there was no file before, or none after.
        let sizeBefore: Int?
        let sizeAfter: Int?
        let undoes: Int?
        let undone: Bool?
    }

    init(_ entries: [JournalEntry], limit: Int, path: String?) {
        let undone = Changer.undone(entries)
        let wanted = entries.reversed().filter { entry in
            path.map { entry.path.contains($0) } ?? true
        }
        more = wanted.count > limit ? wanted.count - limit : nil
        changes = wanted.prefix(limit).map { entry in
            Change(
                id: entry.id, time: entry.time, kind: entry.kind.rawValue, path: entry.path,
                sizeBefore: entry.before?.size, sizeAfter: entry.after?.size,
                undoes: entry.undoes, undone: undone.contains(entry.id) ? true : nil)
        }
    }
}
