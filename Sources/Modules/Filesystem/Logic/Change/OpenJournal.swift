/// The undo journal while its lock is held. Each entry is up to two files, named by its id:
/// `.before`, the content that the file had, and `.prepared`, the entry itself, which is renamed to
/// `.entry` once the change is made. An entry counts from the moment when it is prepared; whatever
/// else is found was cut short, and is removed.
struct OpenJournal: ~Copyable {
    private let settings: Journal
    private let folder: Descriptor
    /// Held for the sake of its lock.
    private let lock: Descriptor
    private(set) var prepared: [Int] = []
    private(set) var settled: [Int] = []
    private var kept: Set<Int> = []

    init(
        _ settings: Journal, folder: consuming Descriptor, lock: consuming Descriptor
    ) throws(Fault) {
        self.settings = settings
        self.folder = folder
        self.lock = lock
        try readNames()
    }

    private mutating func readNames() throws(Fault) {
        var names: [[UInt8]] = []
        do {
            let reader = try FolderReader(try Door.open(folder, Place.itself, to: .list))
            while let entry = try reader.next() { names.append(entry.name) }
        } catch {
            throw Fault("be read", settings.path, error)
        }
        var unfinished: [[UInt8]] = []
        for name in names {
            let parts = String(decoding: name, as: UTF8.self).split(separator: ".")
            guard parts.count == 2, let id = Int(parts[0]) else { continue }
            switch parts[1] {
            case "prepared": prepared.append(id)
            case "entry": settled.append(id)
            case "before": kept.insert(id)
            default: unfinished.append(name)
            }
        }
        prepared.sort()
        settled.sort()
        for id in kept.subtracting(prepared).subtracting(settled) {
            unfinished.append(Self.name(id, .before))
            kept.remove(id)
        }
        for name in unfinished {
            try during("be removed from the undo journal", settings.path, Door.remove(folder, name))
        }
    }

    private enum Part: String { case before, new, prepared, entry }

    private static func name(_ id: Int, _ part: Part) -> [UInt8] {
        Array("\(id).\(part.rawValue)".utf8)
    }

    // MARK: Reading

    var nextId: Int { (prepared + settled).reduce(0, max) + 1 }

    /// Nil if there is no such entry, or if it is damaged.
    func entry(_ id: Int) throws(Fault) -> JournalEntry? {
        let part: Part = prepared.contains(id) ? .prepared : .entry
        do {
            let file = try Door.open(folder, Self.name(id, part), to: .read)
            let status = try Door.status(file)
            let open = OpenFile(path: settings.path, descriptor: file, status: status)
            return JournalEntry(serialized: try open.bytes(count: 65_536))
        } catch let error as SystemError where error.number == Door.missing {
            return nil
        } catch {
            throw Fault(.failed, "The undo journal in \(settings.path) cannot be read: \(error).")
        }
    }

    /// All entries that can be read, the oldest first.
    func entries() throws(Fault) -> [JournalEntry] {
        var result: [JournalEntry] = []
        for id in settled {
            if let entry = try entry(id) { result.append(entry) }
        }
        return result
    }

    /// The content that the file of an entry had.
    func content(before id: Int) throws(Fault) -> OpenFile {
        let path = RawPath(root: settings.path, components: [Self.name(id, .before)])
        let file = try during("be read", path, Door.open(folder, Self.name(id, .before), to: .read))
        let status = try during("be read", path, Door.status(file))
        return OpenFile(path: path, descriptor: file, status: status)
    }

    // MARK: Writing

    func report(_ step: Journal.Step) {
        settings.onStep(step)
    }

    /// Keeps the content of a file for an entry that is about to be prepared.
    func keep(_ file: borrowing OpenFile, for id: Int) throws(Fault) {
        do {
            let copy = try Door.open(folder, Self.name(id, .before), to: .create)
            try Copy.run(from: file.descriptor, to: copy)
            try Door.flush(copy)
        } catch {
            discard(id)
            throw Fault("be copied into the undo journal in \(settings.path)", file.path, error)
        }
        settings.onStep(.contentKept)
    }

    /// Makes an entry durable, before its change begins.
    mutating func prepare(_ entry: JournalEntry) throws(Fault) {
        let bytes = try entry.serialized()
        do {
            let file = try Door.open(folder, Self.name(entry.id, .new), to: .create)
            try Door.write(file, bytes)
            try Door.flush(file)
            settings.onStep(.entryWritten)
            try Door.rename(
                folder, Self.name(entry.id, .new), to: Self.name(entry.id, .prepared))
            try flush()
        } catch {
            discard(entry.id)
            throw Fault("be written", settings.path, error)
        }
        prepared.append(entry.id)
        settings.onStep(.entryPrepared)
    }

    /// The change of an entry is made.
    mutating func settle(_ id: Int) throws(Fault) {
        try during(
            "be written", settings.path,
            Door.rename(folder, Self.name(id, .prepared), to: Self.name(id, .entry)))
        prepared.removeAll { $0 == id }
        settled.append(id)
        settled.sort()
        settings.onStep(.settled)
    }

    /// The change of an entry was not made. What cannot be removed now is removed at the next
    /// opening.
    mutating func discardPrepared(_ id: Int) {
        prepared.removeAll { $0 == id }
        discard(id)
    }

    private func discard(_ id: Int) {
        for part in [Part.new, .prepared, .entry, .before] {
            do {
                try Door.remove(folder, Self.name(id, part))
            } catch {
                // Most of the names do not exist.
                continue
            }
        }
    }

    /// Drops the oldest entries beyond the limits.
    mutating func prune() {
        var total = 0
        var count = 0
        for id in settled.reversed() {
            count += 1
            do {
                total += try Door.status(folder, Self.name(id, .before)).size
            } catch {
                // There was no file before, so nothing was kept.
                total += 0
            }
            if count > settings.entriesMax || total > settings.bytesMax {
                discard(id)
                settled.removeAll { $0 == id }
            }
        }
    }

    private func flush() throws(SystemError) {
        try Door.flush(try Door.open(folder, Place.itself, to: .list))
    }
}
