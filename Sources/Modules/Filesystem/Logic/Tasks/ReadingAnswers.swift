/// Answers are encoded as they stand; what is nil is left out.
struct ListAnswer: Encodable {
    let path: String
    let entries: [Entry]
    /// How many more there are.
    let more: Int?
    /// There are even more than `more` says: they were not all counted.
    let moreIsLeast: Bool?

    struct Entry: Encodable {
        let name: String
        let kind: String?
        let size: Int?
        let modified: String?
        let target: String?
        let problem: String?
    }

    init(_ path: RawPath, _ result: Listing.Result) {
        self.path = path.description
        more = result.more > 0 ? result.more : nil
        moreIsLeast = result.isComplete ? nil : true
        entries = result.entries.map { entry in
            Entry(
                name: entry.name, kind: entry.status?.kind.rawValue,
                size: entry.status?.kind == .file ? entry.status?.size : nil,
                modified: entry.status?.modified.text,
                target: entry.target.map { RawPath.text(of: $0) }, problem: entry.problem)
        }
    }
}

struct StatAnswer: Encodable {
    let path: String
    let kind: String
    let size: Int
    let modified: String
    let mode: String
    let owner: String
    let links: Int
    /// What the content is.
    let type: String?
    let sha256: String?
    /// Where a link leads, as it is written, and what is there.
    let target: String?
    let leadsTo: String?

    init(
        _ place: borrowing Place, hashes: Bool, _ roots: Roots, _ pulse: Pulse
    ) throws(Fault) {
        let status = try place.existing()
        path = place.path.description
        kind = status.kind.rawValue
        size = status.size
        modified = status.modified.exactText
        mode = Self.octal(status.mode)
        owner = Door.userName(status.user) ?? String(status.user)
        links = status.links
        type = status.kind == .file ? Self.type(of: place) : nil
        sha256 =
            hashes && status.kind == .file
            ? try Hash(try place.openFile(), pulse: pulse).description : nil
        guard status.kind == .link else {
            target = nil
            leadsTo = nil
            return
        }
        target =
            RawPath(
                bytes: try during("be read", place.path, Door.linkTarget(place.parent, place.name))
            ).description
        leadsTo = Self.destination(place.path, roots)
    }

    private static func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func type(of place: borrowing Place) -> String? {
        do {
            return FileType(sample: try place.openFile().bytes(count: FileType.sampleBytes)).name
        } catch {
            // A file that may not be read still has the rest of its status.
            return nil
        }
    }

    private static func destination(_ path: RawPath, _ roots: Roots) -> String {
        do {
            let place = try roots.resolve(path.description)
            return "\(place.path): \(place.status?.kind.rawValue ?? "nothing")"
        } catch {
            return error.description
        }
    }
}

struct SearchAnswer: Encodable {
    let matches: Int
    let filesWithMatches: Int
    let filesSearched: Int
    let bytesSearched: Int
    let stopped: String?
    let skippedBinary: Int?
    let skippedUnreadable: Int?
    let skippedIgnored: Int?

    init(_ summary: SearchSummary) {
        matches = summary.matches
        filesWithMatches = summary.filesWithMatches
        filesSearched = summary.filesSearched
        bytesSearched = summary.bytesSearched
        stopped = summary.stopped
        skippedBinary = summary.skippedBinary > 0 ? summary.skippedBinary : nil
        skippedUnreadable = summary.skippedUnreadable > 0 ? summary.skippedUnreadable : nil
        skippedIgnored = summary.skippedIgnored > 0 ? summary.skippedIgnored : nil
    }
}
