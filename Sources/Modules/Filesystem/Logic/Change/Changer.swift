/// Makes changes to files, each so that it can be undone and that no interruption, not even a
/// power cut, leaves anything but the whole old content or the whole new one.
struct Changer {
    let roots: Roots
    let journal: Journal
    let pulse: Pulse

    static let bytesMax = 16 << 20

    /// What a file is to become.
    enum Content {
        case bytes([UInt8])
        /// What the file had before the change of that id.
        case kept(JournalEntry.Content, id: Int)
        case nothing
    }

    struct Request {
        var kind: JournalEntry.Kind
        var undoes: Int?
        var makesFolders = false
    }

    struct Outcome: Equatable {
        /// Nil if the content was the same already, so that nothing was done.
        let change: Int?
        let path: RawPath
        let created: Bool
        let hash: String?
        let size: Int
        /// Other names of the file, which keep the old content.
        var otherNames = 0
    }

    /// What a caller knows of the file that it wants to replace.
    struct Expectation {
        var hash: String?
        var modified: String?

        func check(_ hash: Hash?, _ status: FileStatus?, _ path: RawPath) throws(Fault) {
            let expectsFile = self.hash != nil || modified != nil
            guard expectsFile else { return }
            guard let hash, let status else {
                throw Fault(.busy, "\(path) does not exist any more; look again before writing it.")
            }
            let isKnown = self.hash.map { Hash(text: $0) == hash } ?? true
            let isOfTime = modified.map { status.modified.isWritten($0) } ?? true
            if !isKnown || !isOfTime {
                throw Fault(
                    .busy,
                    "\(path) was changed meanwhile (modified \(status.modified.exactText), sha256 "
                        + "\(hash)); read it again before writing it.")
            }
        }
    }

    /// Replaces or creates a file.
    func write(
        _ path: String, _ bytes: [UInt8], makesFolders: Bool = false,
        expecting expectation: Expectation = Expectation()
    ) throws(Fault) -> Outcome {
        if bytes.count > Self.bytesMax {
            throw Fault(
                .limit,
                "The text has \(ByteCount(bytes.count)); write takes up to "
                    + "\(ByteCount(Self.bytesMax)).")
        }
        var open = try openJournal()
        let place = try roots.resolve(path)
        let current = try current(place)
        try expectation.check(current.hash, current.status, place.path)
        return try apply(
            .bytes(bytes), at: place, current, Request(kind: .write, makesFolders: makesFolders),
            &open)
    }

    /// Replaces pieces of text in a file.
    func edit(_ path: String, _ edits: [Edit]) throws(Fault) -> (Outcome, [Edit.Result]) {
        var open = try openJournal()
        let place = try roots.resolve(path)
        let file = try place.openFile()
        let bytes = try file.all(limit: Self.bytesMax)
        let current = Current(status: file.status, hash: Hash(bytes))
        let (edited, results) = try Edit.apply(edits, to: bytes, of: place.path)
        let outcome = try apply(.bytes(edited), at: place, current, Request(kind: .edit), &open)
        return (outcome, results)
    }

    /// What is at a place now: a file that the journal can keep, or nothing.
    func current(_ place: borrowing Place) throws(Fault) -> Current {
        if place.status == nil { return Current(status: nil, hash: nil) }
        let file = try place.openFile()
        try journal.check(file.status, of: file.path)
        return Current(status: file.status, hash: try Hash(file, pulse: pulse))
    }

    /// Opens the journal, and first brings to an end what an interruption left in it.
    func openJournal() throws(Fault) -> OpenJournal {
        var open = try journal.open(pulse: pulse)
        try recover(&open)
        return open
    }

    /// What a file holds before it is changed.
    struct Current {
        let status: FileStatus?
        let hash: Hash?

        var content: JournalEntry.Content? {
            guard let status, let hash else { return nil }
            return JournalEntry.Content(
                hash: hash.description, size: status.size, mode: status.mode,
                modified: JournalEntry.Moment(status.modified))
        }
    }
}
