package import ModuleJSON
package import ModuleKit
import Synchronization

/// The module `fs`: files within the allowed roots. Each call takes the setup that was in force
/// when it began, and works on files alone: the only thing that instances share is the journal,
/// which its lock guards.
package final class Filesystem: Configurable {
    package static let manifest = Manifest(
        id: "fs", version: "1.0.0",
        about: "Reads, searches and changes files within the allowed folders; every change can "
            + "be undone.",
        permissions: Manifest.Permissions(read: ["~"], write: ["~"]))

    /// Every task may wait for a disk or for the journal's lock, so none runs on the main thread.
    /// Search could as well run in a process, since it keeps nothing between calls: it does not,
    /// because it heeds a cancellation within milliseconds, and a worker would have to be let into
    /// every root.
    package static let tasks: [TaskOf<Filesystem>] = [
        TaskOf(
            "list", "Lists a folder: name, kind, size and time of each entry.",
            risk: .read, run: list),
        TaskOf("read", "Reads a text file, or a range of its lines.", risk: .read, run: read),
        TaskOf(
            "stat", "Says what a file is: kind, size, time, mode, owner, type of its content.",
            risk: .read, run: stat),
        TaskOf(
            "search",
            "Finds files by name, or lines by text or pattern. Each match is one line of output, "
                + "path:line:text, or path alone; the result says how the search went.",
            risk: .read, timeoutSeconds: 310, run: search),
        TaskOf(
            "write", "Creates a file, or replaces its whole content. Can be undone.",
            risk: .write, run: write),
        TaskOf(
            "edit", "Replaces exact pieces of text in a file. Can be undone.",
            risk: .write, run: edit),
        TaskOf(
            "undo", "Takes back a change that write, edit or undo made.",
            risk: .write, run: undo),
        TaskOf(
            "changes", "Lists the changes that can be undone, the newest first.",
            risk: .read, run: changes),
    ]

    private let setup: Mutex<Result<Setup, Fault>>
    /// The folder that the kernel was started in.
    private let startFolder: RawPath?
    private let host: Host

    package init(_ host: Host) {
        self.host = host
        startFolder = Door.currentFolder()
        setup = Mutex(.failure(Fault(.busy, "The module is not configured yet.")))
    }

    package func configure(_ configuration: FilesystemConfiguration, user: JSON) throws {
        do {
            let new = try Setup(
                configuration, startFolder: startFolder, stateFolder: try? host.folder)
            setup.withLock { $0 = .success(new) }
        } catch {
            throw Failure(error)
        }
    }

    // MARK: Tasks

    func list(_ arguments: ListArguments, _ call: Call) async throws -> ListAnswer {
        try answer(call) { setup, pulse in
            try setup.allowHidden(arguments.hidden)
            let listing = Listing(
                depth: arguments.depth, showsHidden: arguments.hidden, limit: arguments.limit)
            let place = try setup.roots.resolve(arguments.path.text)
            let result = try listing.run(place, roots: setup.roots, pulse: pulse)
            return ListAnswer(place.path, result)
        }
    }

    func read(_ arguments: ReadArguments, _ call: Call) async throws -> String {
        try answer(call) { setup, pulse in
            let reading = Reading(
                first: arguments.first, linesMax: arguments.lines, bytesMax: arguments.bytes,
                offset: arguments.offset, showsNumbers: arguments.numbers)
            return try reading.run(
                try setup.roots.resolve(arguments.path.text).openFile(), pulse: pulse)
        }
    }

    func stat(_ arguments: StatArguments, _ call: Call) async throws -> StatAnswer {
        try answer(call) { setup, pulse in
            let place = try setup.roots.resolve(arguments.path.text, followingLast: false)
            return try StatAnswer(place, hashes: arguments.hash, setup.roots, pulse)
        }
    }

    func search(_ arguments: SearchArguments, _ call: Call) async throws -> SearchAnswer {
        try answer(call) { setup, pulse in
            try setup.allowHidden(arguments.hidden)
            let request = SearchRequest(
                name: arguments.name, text: arguments.text, pattern: arguments.pattern,
                ignoresCase: arguments.ignoreCase, heedsIgnoreFiles: !arguments.ignored,
                showsHidden: arguments.hidden, showsWholePaths: arguments.path.isWhole,
                matchesMax: arguments.limit,
                secondsMax: arguments.seconds)
            let place = try setup.roots.resolve(arguments.path.text)
            return SearchAnswer(
                try Search.run(request, in: place, roots: setup.roots, pulse: pulse))
        }
    }

    func write(_ arguments: WriteArguments, _ call: Call) async throws -> ChangeAnswer {
        try answer(call) { setup, pulse in
            let expectation = Changer.Expectation(
                hash: arguments.expectHash, modified: arguments.expectModified)
            let outcome = try setup.changer(pulse).write(
                arguments.path.text, Array(arguments.text.utf8), makesFolders: arguments.parents,
                expecting: expectation)
            return ChangeAnswer(outcome)
        }
    }

    func edit(_ arguments: EditArguments, _ call: Call) async throws -> ChangeAnswer {
        try answer(call) { setup, pulse in
            let edits = try arguments.pieces()
            let (outcome, results) = try setup.changer(pulse).edit(arguments.path.text, edits)
            return ChangeAnswer(outcome, results)
        }
    }

    func undo(_ arguments: UndoArguments, _ call: Call) async throws -> ChangeAnswer {
        try answer(call) { setup, pulse in
            ChangeAnswer(try setup.changer(pulse).undo(id: arguments.id, force: arguments.force))
        }
    }

    func changes(_ arguments: ChangesArguments, _ call: Call) async throws -> ChangesAnswer {
        try answer(call) { setup, pulse in
            let entries = try setup.changer(pulse).openJournal().entries()
            return ChangesAnswer(entries, limit: arguments.limit, path: arguments.path)
        }
    }

    private func answer<Answer>(
        _ call: Call, _ body: (Setup, Pulse) throws -> Answer
    ) throws -> Answer {
        do {
            return try body(try setup.withLock { $0 }.get(), Pulse(call))
        } catch let fault as Fault {
            throw Failure(fault)
        }
    }
}

extension Filesystem: HealthChecking {
    /// Folders come and go with the disks that they are on: one of the roots is enough to be of
    /// use.
    package func checkHealth() throws {
        let roots: Roots
        do {
            roots = try setup.withLock { $0 }.get().roots
        } catch {
            throw Failure(error)
        }
        var reasons: [String] = []
        for root in roots.folders {
            do {
                _ = try Door.openFolder(at: root.path)
                return
            } catch {
                reasons.append("\(Fault("be listed", root.written, error))")
            }
        }
        throw Failure(
            "None of its roots can be used: \(reasons.joined(separator: " ")) roots under "
                + "[modules.fs] names others.", .notFound)
    }
}
