import ModuleJSON

/// One change to one file, as the undo journal keeps it.
struct JournalEntry: Codable, Equatable, Sendable {
    /// Counts up; never used twice while the journal lasts.
    let id: Int
    let time: String
    let kind: Kind
    /// As `RawPath.description` spells it.
    let path: String
    /// Nil if there was no file.
    let before: Content?
    /// Nil if the file was removed.
    let after: Content?
    /// The name that the new content has, beside the file, until it takes the file's place.
    let temporary: String
    /// Folders that are made for the file, the outermost first.
    let folders: [String]
    /// The change that this one takes back.
    let undoes: Int?

    enum Kind: String, Codable, Sendable { case write, edit, undo }

    struct Content: Codable, Equatable, Sendable {
        let hash: String
        let size: Int
        /// Nil if the system decides, for a new file.
        let mode: UInt32?
        let modified: Moment?
    }

    struct Moment: Codable, Equatable, Sendable {
        let seconds: Int64
        let nanoseconds: Int64

        var timestamp: Timestamp { Timestamp(seconds: seconds, nanoseconds: nanoseconds) }
    }

    /// The entry and its hash, so that a damaged one is recognised.
    func serialized() throws(Fault) -> [UInt8] {
        do {
            let json = try JSON.encode(self).serialized()
            return json + Array("\n\(Hash(json))\n".utf8)
        } catch {
            throw Fault(.failed, "The undo journal's entry cannot be written: \(error).")
        }
    }

    /// Nil if the bytes are not a whole entry.
    init?(serialized bytes: [UInt8]) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard lines.count == 2, bytes.last == UInt8(ascii: "\n") else { return nil }
        guard Array(lines[1]) == Array(Hash(Array(lines[0])).description.utf8) else { return nil }
        do {
            self = try JSON(parsing: Array(lines[0])).decode(JournalEntry.self)
        } catch {
            // Whole, but from a build that wrote entries in another form.
            return nil
        }
    }

    init(
        id: Int, time: String, kind: Kind, path: String, before: Content?, after: Content?,
        temporary: String, folders: [String], undoes: Int?
    ) {
        self.id = id
        self.time = time
        self.kind = kind
        self.path = path
        self.before = before
        self.after = after
        self.temporary = temporary
        self.folders = folders
        self.undoes = undoes
    }
}

extension JournalEntry.Moment {
    init(_ time: Timestamp) {
        self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
    }
}
