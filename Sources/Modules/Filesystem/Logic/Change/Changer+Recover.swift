extension Changer {
    /// Brings changes that were cut short to an end. What the file holds now says how far each had
    /// come: with the new content it was made, with the old one it never was. With neither,
    /// somebody has changed the file since: the entry stays, and undoing it will say so.
    func recover(_ open: inout OpenJournal) throws(Fault) {
        for id in open.prepared {
            guard let entry = try open.entry(id) else {
                open.discardPrepared(id)
                continue
            }
            let place: Place
            do {
                place = try roots.resolve(entry.path, followingLast: false)
            } catch {
                // Its root is not allowed any more, or not there now: it waits.
                continue
            }
            try recover(entry, at: place, &open)
        }
    }

    private func recover(
        _ entry: JournalEntry, at place: borrowing Place, _ open: inout OpenJournal
    ) throws(Fault) {
        if place.missing.isEmpty {
            Replacement.removeQuietly(Array(entry.temporary.utf8), in: place.parent)
        }
        if try holdsOld(entry, place) {
            removeFolders(entry)
            open.discardPrepared(entry.id)
        } else {
            if place.missing.isEmpty { Replacement.flushQuietly(place.parent) }
            try open.settle(entry.id)
        }
    }

    /// Is at the place what was there before the change?
    private func holdsOld(
        _ entry: JournalEntry, _ place: borrowing Place
    ) throws(Fault) -> Bool {
        guard let status = place.status else { return entry.before == nil }
        // The size first: what has taken the file's place may be too large to be read.
        guard let before = entry.before, status.kind == .file, status.size == before.size else {
            return false
        }
        return try current(place).hash?.description == before.hash
    }

    /// Removes the folders that were made for an entry, the innermost first, if they are empty.
    func removeFolders(_ entry: JournalEntry) {
        for folder in entry.folders.reversed() {
            do {
                let place = try roots.resolve(folder, followingLast: false)
                guard place.status?.kind == .folder else { continue }
                try during(
                    "be removed", place.path, Door.remove(place.parent, place.name, folder: true))
            } catch {
                // Used by somebody else meanwhile: then it stays.
                continue
            }
        }
    }
}
