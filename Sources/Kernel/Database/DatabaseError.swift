import CSQLite
package import KernelSystem

/// Why the database did not do what it was asked for. Nothing was changed, unless the sentence says
/// otherwise.
package struct DatabaseError: Error, Sendable, Hashable, CustomStringConvertible {
    package let kind: Kind
    /// The file of the database.
    package let path: String
    /// What the library or the system says, with the statement if there is one.
    package let detail: String
    /// SQLite's extended result code, or 0.
    package let code: Int32

    package enum Kind: Sendable, Hashable {
        case full
        case locked
        /// Another kernel writes to this file.
        case taken
        case damaged
        case notADatabase
        /// A database, but of another program.
        case foreign
        case newer(found: Int, known: Int)
        case refused
        /// Something is where a backup was to be.
        case exists
        /// A rule of the schema was broken.
        case constraint
        case tooLarge
        case interrupted
        /// Too much work waits to be written.
        case busy
        case closed
        /// The disk did not confirm a write, so that nothing more is written.
        case unconfirmed
        case failed
    }

    package init(_ kind: Kind, path: String, detail: String = "", code: Int32 = 0) {
        self.kind = kind
        self.path = path
        self.detail = detail
        self.code = code
    }

    package init(_ error: SystemError, path: String) {
        self.init(
            SystemReason(error.code) == .noSpace ? .full : .refused, path: path,
            detail: "\(error)")
    }

    package var description: String {
        let words = detail.isEmpty ? "" : " (\(detail))"
        return switch kind {
        case .full:
            "there is no room left for \(path)\(words). Nothing was changed, and what was "
                + "acknowledged before is safe. Free some space on its disk, or raise the quota "
                + "or the limit on file sizes, and try again."
        case .locked:
            "another program keeps \(path) locked\(words). Nothing was changed. End that program "
                + "(`fuser \(path)` names it) and try again."
        case .taken:
            "\(path) is being written by another process\(words), and one at a time can. Wait for "
                + "its end, or end it, or choose another state folder."
        case .damaged:
            "\(path) is damaged\(words). It was left as it is. Copy it away with its -wal file, "
                + "then put a backup in its place, or try `sqlite3 \(path) .recover`."
        case .notADatabase:
            "\(path) is not a database\(words). It was left as it is. Move it away, or choose "
                + "another state folder."
        case .foreign:
            "\(path) is a database of another program\(words). It was left as it is. Move it "
                + "away, or choose another state folder."
        case .newer(let found, let known):
            "\(path) was written by a newer kernel: it has format \(found), and this kernel knows "
                + "the formats up to \(known). It was left as it is. Start the newer kernel, or "
                + "put a backup of format \(known) in its place."
        case .refused:
            "\(path) cannot be used\(words). Nothing was changed. The file, its folder and its "
                + "-wal and -shm files must belong to you and be writable."
        case .exists: "\(path) is there already, and a backup replaces nothing. Name another file."
        case .constraint: "\(path) refuses what breaks its rules\(words)."
        case .tooLarge: "what was to be written to \(path) is too large\(words)."
        case .interrupted: "reading \(path) took too long and was ended\(words). Ask for less."
        case .busy: "too much waits to be written to \(path)\(words). Try again in a moment."
        case .closed: "\(path) is closed."
        case .unconfirmed:
            "the disk did not confirm a write to \(path)\(words). Whether that last write is "
                + "there will be known after a restart; what was acknowledged before is. Nothing "
                + "more is written until then. Look at the disk (`dmesg`), then restart the kernel."
        case .failed: "\(path) could not be used\(words). Nothing was changed."
        }
    }
}

extension DatabaseError {
    /// From what SQLite answered. `systemCode` is the errno behind it, or 0.
    init(code: Int32, message: String, path: String, statement: String?, systemCode: Int32) {
        let kind = Self.kind(code, systemCode)
        var detail = message
        if code & 0xff == SQLITE_IOERR || code & 0xff == SQLITE_CANTOPEN, systemCode != 0 {
            detail += ": \(SystemError("use", code: systemCode).reason)"
        }
        if let statement { detail += ", in: \(Self.shortened(statement))" }
        self.init(kind, path: path, detail: detail, code: code)
    }

    private static func kind(_ code: Int32, _ systemCode: Int32) -> Kind {
        switch code & 0xff {
        case SQLITE_FULL: .full
        case SQLITE_BUSY, SQLITE_LOCKED: .locked
        case SQLITE_CORRUPT: .damaged
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH, SQLITE_CANTOPEN: .refused
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_TOOBIG: .tooLarge
        case SQLITE_INTERRUPT: .interrupted
        // First of all: whatever the reason, the system may have dropped what it could not flush,
        // and a flush that is tried again would succeed without it.
        case SQLITE_IOERR where isFlush(code): .unconfirmed
        case SQLITE_IOERR where SystemReason(systemCode) == .noSpace: .full
        default: .failed
        }
    }

    /// SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC, which are expressions that Swift cannot see.
    private static func isFlush(_ code: Int32) -> Bool {
        code == SQLITE_IOERR | (4 << 8) || code == SQLITE_IOERR | (5 << 8)
    }

    /// Statements are long; their beginning says which one it was.
    private static func shortened(_ statement: String) -> String {
        let line = statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count > 100 ? line.prefix(100) + "…" : line
    }
}

/// The reasons that are told apart.
private enum SystemReason {
    case noSpace, other

    init(_ code: Int32) {
        // ENOSPC, EDQUOT, EFBIG: the last one is what a limit on file sizes answers.
        self = [28, 122, 27].contains(code) ? .noSpace : .other
    }
}
