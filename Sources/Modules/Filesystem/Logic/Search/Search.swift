/// One search through a folder and what lies beneath it. Links are never followed; each file is
/// opened name by name beneath the folder, so that nothing outside it can be reached.
struct Search {
    private let request: SearchRequest
    private let roots: Roots
    private let pulse: Pulse
    private let name: Automaton?
    private let scanner: LineScanner?
    private let endNanoseconds: UInt64
    private var summary = SearchSummary()
    private var visits = 0

    /// A folder that is still to be searched; paths are relative to the allowed root.
    private struct Folder {
        let components: [[UInt8]]
        let rules: [Layer]
    }

    /// The rules of one .gitignore file, and how deep the folder lies that it is in.
    private struct Layer {
        let depth: Int
        let rules: IgnoreRules
    }

    static func run(
        _ request: SearchRequest, in place: borrowing Place, roots: Roots, pulse: Pulse
    ) throws(Fault) -> SearchSummary {
        var search = try Search(request, roots, pulse)
        return try search.run(place)
    }

    private init(_ request: SearchRequest, _ roots: Roots, _ pulse: Pulse) throws(Fault) {
        self.request = request
        self.roots = roots
        self.pulse = pulse
        name = try request.nameAutomaton()
        scanner = try request.scanner()
        if name == nil && scanner == nil {
            throw Fault(.invalid, "Say what to search for: name, text or pattern.")
        }
        let end = Door.monotonic() + UInt64(request.secondsMax) * 1_000_000_000
        // Half a second is left for telling what was found.
        let deadline = pulse.deadlineNanoseconds.map { $0 - min($0, 500_000_000) }
        endNanoseconds = min(end, deadline ?? end)
    }

    private mutating func run(_ place: borrowing Place) throws(Fault) -> SearchSummary {
        guard try place.existing().kind == .folder else {
            try scan(try place.openFile())
            return summary
        }
        guard let (root, start) = roots.root(of: place.path) else {
            throw roots.outside(place.path, via: nil)
        }
        let base = try during("be opened", root.path, Door.openFolder(at: root.path))
        let rules = rulesAbove(start, base)
        var waiting = [Folder(components: start, rules: rules)]
        while let folder = waiting.popLast(), summary.stopped == nil {
            try pulse.check()
            let found = try search(folder, base, root.path, start.count)
            waiting += found.reversed()
        }
        try pulse.check()
        return summary
    }

    // MARK: Folders

    /// Looks at everything in a folder; returns the folders in it that are to be searched too.
    private mutating func search(
        _ folder: Folder, _ base: borrowing Descriptor, _ root: RawPath, _ startDepth: Int
    ) throws(Fault) -> [Folder] {
        let path = RawPath(root: root, components: folder.components)
        let isStart = folder.components.count == startDepth
        guard let opened = try open(folder, base, path, isStart: isStart) else { return [] }
        let entries: [FolderReader.Entry]
        do {
            entries = try Self.entries(opened, showsHidden: request.showsHidden)
        } catch {
            try skip(path, error, isStart: isStart)
            return []
        }
        let rules = rules(of: opened, depth: folder.components.count, above: folder.rules)
        var folders: [Folder] = []
        for entry in entries {
            try pace()
            if summary.stopped != nil { return [] }
            let components = folder.components + [entry.name]
            let entryPath = RawPath(root: root, components: components)
            let kind = entry.kind ?? Self.kind(opened, entry.name)
            guard roots.protection.allows(entryPath) else { continue }
            if isIgnored(components, rules, isFolder: kind == .folder) {
                summary.skippedIgnored += 1
                continue
            }
            if kind == .folder { folders.append(Folder(components: components, rules: rules)) }
            let isNamed = matchesName(components, startDepth)
            if isNamed && scanner == nil { report(entryPath, isFolder: kind == .folder) }
            if isNamed && scanner != nil && kind == .file { scan(opened, entry.name, entryPath) }
        }
        return folders
    }

    private mutating func open(
        _ folder: Folder, _ base: borrowing Descriptor, _ path: RawPath, isStart: Bool
    ) throws(Fault) -> Descriptor? {
        do {
            return try Listing.open(folder.components, beneath: base)
        } catch {
            try skip(path, error, isStart: isStart)
            return nil
        }
    }

    /// One closed folder does not end the search, unless it is the one that was asked for.
    private mutating func skip(_ path: RawPath, _ error: SystemError, isStart: Bool) throws(Fault) {
        if isStart { throw Fault("be searched", path, error) }
        summary.skippedUnreadable += 1
    }

    private static func entries(
        _ folder: borrowing Descriptor, showsHidden: Bool
    ) throws(SystemError) -> [FolderReader.Entry] {
        let reader = try FolderReader(try Door.open(folder, Place.itself, to: .list))
        var found: [FolderReader.Entry] = []
        while found.count < Listing.visitsMax, let entry = try reader.next() {
            if showsHidden || !Protection.isHidden(entry.name) { found.append(entry) }
        }
        return found.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private static func kind(_ folder: borrowing Descriptor, _ name: [UInt8]) -> FileStatus.Kind? {
        do {
            return try Door.status(folder, name).kind
        } catch {
            // It has gone meanwhile.
            return nil
        }
    }

    private func matchesName(_ components: [[UInt8]], _ startDepth: Int) -> Bool {
        guard let name, let last = components.last else { return true }
        if request.name?.contains("/") != true { return name.matches(last) }
        return name.matches(Array(components[startDepth...].joined(separator: [RawPath.slash])))
    }

    /// Ends the search at a limit, and says now and then how far it is.
    private mutating func pace() throws(Fault) {
        visits += 1
        if visits % 64 == 0 {
            try pulse.check()
            if Door.monotonic() > endNanoseconds { summary.stopped = "the time was up" }
        }
        if visits % 2000 == 0 {
            pulse.progress("\(visits) names seen, \(summary.matches) matches")
        }
        if visits > request.filesMax {
            summary.stopped = "\(request.filesMax) names were looked at"
        }
        if summary.bytesSearched > request.bytesMax {
            summary.stopped = "\(ByteCount(request.bytesMax)) were searched"
        }
    }

    // MARK: Files

    private mutating func scan(
        _ folder: borrowing Descriptor, _ name: [UInt8], _ path: RawPath
    ) {
        do {
            let file = try during("be read", path, Door.open(folder, name, to: .read))
            let status = try during("be read", path, Door.status(file))
            guard status.kind == .file else { return }
            try scan(OpenFile(path: path, descriptor: file, status: status))
        } catch {
            if error.kind != .cancelled { summary.skippedUnreadable += 1 }
        }
    }

    private mutating func scan(_ file: consuming OpenFile) throws(Fault) {
        guard let scanner else {
            report(file.path, isFolder: false)
            return
        }
        var short: String?
        let before = (matches: summary.matches, bytes: scanner.bytesRead)
        let (limit, end) = (request.matchesMax, endNanoseconds)
        var (matches, stopped) = (summary.matches, summary.stopped)
        let timed = Pulse(
            isCancelled: { [pulse] in pulse.isCancelled() || Door.monotonic() > end },
            progress: pulse.progress, output: pulse.output)
        defer {
            summary.matches = matches
            summary.stopped = stopped
            summary.bytesSearched += scanner.bytesRead - before.bytes
            if matches > before.matches { summary.filesWithMatches += 1 }
        }
        do {
            let isText = try scanner.scan(file, pulse: timed) { [pulse] match in
                if matches == limit {
                    stopped = "\(limit) matches were found"
                    return false
                }
                let path = short ?? shown(file.path)
                short = path
                guard pulse.output("\(path):\(match.line):\(match.text)\n") else {
                    stopped = Self.outputFull
                    return false
                }
                matches += 1
                return true
            }
            if isText { summary.filesSearched += 1 } else { summary.skippedBinary += 1 }
        } catch {
            guard error.kind == .cancelled, !pulse.isCancelled() else { throw error }
            stopped = "the time was up"
        }
    }

    private mutating func report(_ path: RawPath, isFolder: Bool) {
        if summary.matches == request.matchesMax {
            summary.stopped = "\(request.matchesMax) matches were found"
            return
        }
        guard pulse.output("\(shown(path))\(isFolder ? "/" : "")\n") else {
            summary.stopped = Self.outputFull
            return
        }
        summary.matches += 1
    }

    private func shown(_ path: RawPath) -> String {
        request.showsWholePaths ? path.description : roots.shortest(path)
    }

    private static let outputFull = "the output of one call was full"

    // MARK: Ignored files

    private func isIgnored(_ components: [[UInt8]], _ rules: [Layer], isFolder: Bool) -> Bool {
        guard request.heedsIgnoreFiles else { return false }
        if components.last == Self.repository { return true }
        for layer in rules.reversed() {
            let beneath = components[layer.depth...]
            if let answer = layer.rules.ignores(beneath, isFolder: isFolder) { return answer }
        }
        return false
    }

    /// The rules that hold for a folder because of the folders above it, up to the repository.
    private func rulesAbove(_ start: [[UInt8]], _ base: borrowing Descriptor) -> [Layer] {
        var layers: [Layer] = []
        for depth in 0..<start.count {
            do {
                let folder = try Listing.open(start[..<depth], beneath: base)
                layers = rules(of: folder, depth: depth, above: layers)
            } catch {
                // A folder that may be passed but not listed has no rules to tell.
                continue
            }
        }
        return layers
    }

    /// A folder's own rules come after those from above; a repository has only its own.
    private func rules(
        of folder: borrowing Descriptor, depth: Int, above: [Layer]
    ) -> [Layer] {
        let isRepository = Self.kind(folder, Self.repository) != nil
        return (isRepository ? [] : above) + ownRules(folder, depth: depth)
    }

    private func ownRules(_ folder: borrowing Descriptor, depth: Int) -> [Layer] {
        guard request.heedsIgnoreFiles else { return [] }
        do {
            let file = try Door.open(folder, Self.ignoreFile, to: .read)
            let status = try Door.status(file)
            guard status.kind == .file else { return [] }
            let open = OpenFile(
                path: RawPath(bytes: Self.ignoreFile), descriptor: file, status: status)
            let bytes = try open.bytes(count: IgnoreRules.bytesMax)
            return [Layer(depth: depth, rules: IgnoreRules(bytes))]
        } catch {
            // No such file, or none that may be read.
            return []
        }
    }

    private static let repository = Array(".git".utf8)
    private static let ignoreFile = Array(".gitignore".utf8)
}
