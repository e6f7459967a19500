/// What lies in a folder, and in the folders beneath it. The upper levels come first, so that a
/// limit cuts the deep ones.
struct Listing {
    var depth = 1
    var showsHidden = false
    var limit = 200

    /// How many names are looked at before the rest is given up.
    static let visitsMax = 1_000_000

    struct Entry {
        let components: [[UInt8]]
        let status: FileStatus?
        let target: [UInt8]?
        /// Why the folder could not be listed.
        let problem: String?

        var name: String { components.map { RawPath.text(of: $0) }.joined(separator: "/") }
    }

    struct Result {
        var entries: [Entry] = []
        /// How many more there are; if `isComplete` is false, at least.
        var more = 0
        var isComplete = true
    }

    func run(_ place: borrowing Place, roots: Roots, pulse: Pulse) throws(Fault) -> Result {
        let base = try place.openFolder()
        var result = Result()
        var visits = 0
        var level: [[[UInt8]]] = [[]]
        var problems: [[[UInt8]]: String] = [:]
        for round in 0..<depth where !level.isEmpty {
            var next: [[[UInt8]]] = []
            for folder in level {
                try pulse.check()
                let found: [FolderReader.Entry]
                do {
                    found = try names(in: folder, base, &visits)
                } catch {
                    if folder.isEmpty { throw Fault("be listed", place.path, error) }
                    problems[folder] = error.description
                    continue
                }
                if visits >= Self.visitsMax { result.isComplete = false }
                for entry in found {
                    let components = folder + [entry.name]
                    let path = RawPath(root: place.path, components: components)
                    guard roots.protection.allows(path) else { continue }
                    let added = add(components, base, &result, kind: entry.kind)
                    if added == .folder && round + 1 < depth { next.append(components) }
                }
            }
            level = next
        }
        result.entries = result.entries.map { entry in
            guard let problem = problems[entry.components] else { return entry }
            return Entry(
                components: entry.components, status: entry.status, target: entry.target,
                problem: problem)
        }
        result.entries.sort { Self.isBefore($0.components, $1.components) }
        return result
    }

    private func names(
        in folder: [[UInt8]], _ base: borrowing Descriptor, _ visits: inout Int
    ) throws(SystemError) -> [FolderReader.Entry] {
        let reader = try FolderReader(try Self.open(folder, beneath: base))
        var found: [FolderReader.Entry] = []
        while visits < Self.visitsMax, let entry = try reader.next() {
            visits += 1
            if showsHidden || !Protection.isHidden(entry.name) { found.append(entry) }
        }
        return found.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// Counts what lies beyond the limit without asking the disk about it.
    private func add(
        _ components: [[UInt8]], _ base: borrowing Descriptor, _ result: inout Result,
        kind: FileStatus.Kind?
    ) -> FileStatus.Kind? {
        if result.entries.count >= limit {
            result.more += 1
            return kind
        }
        let entry = Self.entry(components, base)
        result.entries.append(entry)
        return entry.status?.kind
    }

    private static func entry(_ components: [[UInt8]], _ base: borrowing Descriptor) -> Entry {
        do {
            let parent = try open(components.dropLast(), beneath: base)
            let name = components[components.count - 1]
            let status = try Door.status(parent, name)
            let target = status.kind == .link ? try Door.linkTarget(parent, name) : nil
            return Entry(components: components, status: status, target: target, problem: nil)
        } catch {
            return Entry(
                components: components, status: nil, target: nil, problem: error.description)
        }
    }

    /// Opens a folder beneath another, name by name; a link on the way is an error.
    static func open(
        _ components: some Sequence<[UInt8]>, beneath base: borrowing Descriptor
    ) throws(SystemError) -> Descriptor {
        var folder = try Door.open(base, Place.itself, to: .list)
        for name in components { folder = try Door.open(folder, name, to: .list) }
        return folder
    }

    static func isBefore(_ left: [[UInt8]], _ right: [[UInt8]]) -> Bool {
        left.lexicographicallyPrecedes(right) { $0.lexicographicallyPrecedes($1) }
    }
}
