/// Where the undo journal lies, and how much it keeps.
struct Journal: Sendable {
    let path: RawPath
    /// At either limit the oldest entries are dropped.
    var entriesMax = 500
    var bytesMax = 256 << 20
    /// Called after each step of a change; tests look at the disk there.
    var onStep: @Sendable (Step) -> Void = { _ in }

    /// The steps of a change, in their order. After each the disk is in a state from which
    /// `Changer.recover` finds back to either the old content or the new one.
    enum Step: String, CaseIterable, Sendable {
        case contentKept, entryWritten, entryPrepared, foldersMade, temporaryWritten, checked
        case replaced, settled
    }

    static let lockPatienceMilliseconds = 10_000

    /// The kernel's own folder of one kind, such as `~/.local/state/kernel`; with another name,
    /// that of `kernel --dev`.
    static func kernelFolder(
        _ variable: String, _ fallback: [String], named name: String = "kernel"
    ) throws(Fault) -> RawPath {
        let name = Array(name.utf8)
        if let folder = Door.environment(variable), folder.hasPrefix("/") {
            return RawPath(root: RawPath(bytes: Array(folder.utf8)), components: [name])
        }
        guard let home = Door.home() else {
            throw Fault(
                .failed, "The home folder is not known; set journal under [modules.fs] to a folder."
            )
        }
        return RawPath(root: home, components: fallback.map { Array($0.utf8) } + [name])
    }

    /// Opens the journal and holds its lock until the result is given up: changes happen one
    /// after the other, also those of another instance or another kernel.
    func open(pulse: Pulse) throws(Fault) -> OpenJournal {
        try makeFolders()
        let folder = try during("be opened", path, Door.openFolder(at: path))
        let lock = try during("be opened", path, Door.open(folder, Self.lockName, to: .lock))
        var waited = 0
        while try !during("be locked", path, Door.tryLock(lock)) {
            try pulse.check()
            if waited >= Self.lockPatienceMilliseconds {
                throw Fault(
                    .busy, "Another change has been under way for \(waited / 1000) s; try again.")
            }
            Door.sleep(milliseconds: 5)
            waited += 5
        }
        return try OpenJournal(self, folder: folder, lock: lock)
    }

    /// Refuses a file that is too large to be kept.
    func check(_ status: FileStatus, of path: RawPath) throws(Fault) {
        guard status.size > bytesMax else { return }
        throw Fault(
            .limit,
            "\(path) has \(ByteCount(status.size)), more than the undo journal keeps "
                + "(\(ByteCount(bytesMax))). Raise journalMegabytes under [modules.fs].")
    }

    private static let lockName = Array("lock".utf8)

    private func makeFolders() throws(Fault) {
        let components = path.components
        for depth in 1...max(components.count, 1) {
            let folder = RawPath(root: .top, components: Array(components.prefix(depth)))
            do {
                try Door.makeFolder(at: folder, mode: 0o700)
            } catch {
                if error.number == Door.exists { continue }
                throw Fault("be made for the undo journal", folder, error)
            }
        }
    }
}
