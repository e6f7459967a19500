extension Changer {
    /// Takes back a change: the last one that is not taken back yet, or the one of that id. Taking
    /// back is a change too, so it can itself be taken back, by its id.
    func undo(id: Int?, force: Bool = false) throws(Fault) -> Outcome {
        var open = try openJournal()
        let entries = try open.entries()
        let entry = try Self.target(id, in: entries)
        let place = try roots.resolve(entry.path, followingLast: false)
        guard place.path.description == entry.path else {
            throw Fault(
                .denied,
                "\(entry.path) leads to \(place.path) now; change \(entry.id) was made "
                    + "elsewhere.")
        }
        if let status = place.status { try Place.requireFile(status, place.path) }
        let current = try current(place)
        if current.hash?.description != entry.after?.hash && !force {
            throw Self.differs(entry, current, in: entries)
        }
        let content = entry.before.map { Content.kept($0, id: entry.id) } ?? .nothing
        let request = Request(kind: .undo, undoes: entry.id, makesFolders: true)
        let outcome = try apply(content, at: place, current, request, &open)
        if entry.before == nil { removeFolders(entry) }
        return outcome
    }

    /// Ids of the changes that are taken back, and whose taking back is not itself taken back.
    static func undone(_ entries: [JournalEntry]) -> Set<Int> {
        var undone: Set<Int> = []
        for entry in entries.reversed() where !undone.contains(entry.id) {
            if let id = entry.undoes { undone.insert(id) }
        }
        return undone
    }

    private static func target(
        _ id: Int?, in entries: [JournalEntry]
    ) throws(Fault) -> JournalEntry {
        let undone = undone(entries)
        guard let id else {
            let last = entries.last { $0.kind != .undo && !undone.contains($0.id) }
            if let last { return last }
            throw Fault(.notFound, "There is no change to undo.")
        }
        guard let entry = entries.first(where: { $0.id == id }) else {
            throw Fault(
                .notFound, "There is no change \(id) in the undo journal; fs.changes lists them.")
        }
        if undone.contains(id), let by = entries.last(where: { $0.undoes == id }) {
            throw Fault(
                .invalid,
                "Change \(id) is undone already, by change \(by.id); undo that to have it "
                    + "again.")
        }
        return entry
    }

    private static func differs(
        _ entry: JournalEntry, _ current: Current, in entries: [JournalEntry]
    ) -> Fault {
        let later = entries.last { $0.path == entry.path && $0.id > entry.id }
        let state = current.hash == nil ? "does not exist any more" : "was changed since"
        let advice = later.map { "undo change \($0.id) first, or" } ?? "to lose what it holds now,"
        return Fault(
            .busy, "\(entry.path) \(state) change \(entry.id) was made; \(advice) set force = true."
        )
    }
}
