/// One change while it is made: the new content is written beside the file, put on the disk, and
/// renamed over it. If a step fails, whatever was made so far is taken away again.
struct Replacement {
    let entry: JournalEntry
    let content: Changer.Content
    let current: Changer.Current
    let path: RawPath
    let name: [UInt8]

    private var temporary: [UInt8] { Array(entry.temporary.utf8) }

    func run(in place: borrowing Place, _ open: borrowing OpenJournal) throws(Fault) {
        do {
            let folder = try makeFolders(place)
            open.report(.foldersMade)
            try replace(in: folder, open)
        } catch {
            Self.removeFolders(place.missing, in: place.parent)
            throw error
        }
    }

    // MARK: Folders

    private func makeFolders(_ place: borrowing Place) throws(Fault) -> Descriptor {
        var folder = try during("be opened", path, Door.hold(place.parent, Place.itself))
        for name in place.missing {
            do {
                try Door.makeFolder(folder, name)
            } catch {
                if error.number == Door.exists { throw Changer.changed(path) }
                throw Fault("be written, since a folder above it cannot be made", path, error)
            }
            Self.flushQuietly(folder)
            folder = try during("be opened", path, Door.open(folder, name, to: .list))
        }
        return folder
    }

    /// Removes the folders that were made, as far as they exist and are empty.
    static func removeFolders(_ names: [[UInt8]], in parent: borrowing Descriptor) {
        for depth in stride(from: names.count, to: 0, by: -1) {
            do {
                let above = try Listing.open(names.prefix(depth - 1), beneath: parent)
                try Door.remove(above, names[depth - 1], folder: true)
            } catch {
                // Not made, or used by somebody else meanwhile: then it stays.
                continue
            }
        }
    }

    // MARK: The file

    private func replace(
        in folder: borrowing Descriptor, _ open: borrowing OpenJournal
    ) throws(Fault) {
        do {
            if let after = entry.after {
                try write(after, in: folder, open)
                open.report(.temporaryWritten)
            }
            try checkUnchanged(in: folder)
            open.report(.checked)
            try takePlace(in: folder)
        } catch {
            Self.removeQuietly(temporary, in: folder)
            throw error
        }
        Self.flushQuietly(folder)
        open.report(.replaced)
    }

    private func write(
        _ after: JournalEntry.Content, in folder: borrowing Descriptor,
        _ open: borrowing OpenJournal
    ) throws(Fault) {
        // A new file gets what the user's mask allows; the copy of a closed one is never open.
        let mode: UInt32 = after.mode == nil ? 0o666 : 0o600
        let file = try during(
            "be written", path, Door.open(folder, temporary, to: .create, mode: mode))
        switch content {
        case .bytes(let bytes): try during("be written", path, Door.write(file, bytes))
        case .kept(let kept, let id): try restore(kept, id, to: file, open)
        case .nothing: break
        }
        try setAttributes(after, of: file, in: folder)
        try during("be written", path, Door.flush(file))
    }

    private func restore(
        _ kept: JournalEntry.Content, _ id: Int, to file: borrowing Descriptor,
        _ open: borrowing OpenJournal
    ) throws(Fault) {
        let source = try open.content(before: id)
        guard try Hash(source).description == kept.hash else {
            throw Fault(.failed, "The content that was kept for change \(id) is damaged.")
        }
        try during("be written", path, Copy.run(from: source.descriptor, to: file))
    }

    private func setAttributes(
        _ after: JournalEntry.Content, of file: borrowing Descriptor,
        in folder: borrowing Descriptor
    ) throws(Fault) {
        if let status = current.status {
            let old = try during("be read", path, Door.open(folder, name, to: .read))
            do {
                try Door.setOwner(file, user: status.user, group: status.group)
            } catch {
                // Only the administrator may give files away: then it becomes the writer's own.
                if error.number != Door.notPermitted { throw Fault("be written", path, error) }
            }
            Door.copyAttributes(old, to: file)
        }
        if let mode = after.mode {
            try during("be written", path, Door.setMode(file, mode))
        }
        if let moment = after.modified {
            try during("be written", path, Door.setModified(file, moment.timestamp))
        }
    }

    private func checkUnchanged(in folder: borrowing Descriptor) throws(Fault) {
        var status: FileStatus?
        do {
            status = try Door.status(folder, name)
        } catch {
            if error.number != Door.missing { throw Fault("be reached", path, error) }
        }
        switch (status, current.status) {
        case (nil, nil): return
        case (let now?, let before?) where now.isSame(as: before): return
        default: throw Changer.changed(path)
        }
    }

    private func takePlace(in folder: borrowing Descriptor) throws(Fault) {
        if entry.after == nil {
            try during("be removed", path, Door.remove(folder, name))
        } else if current.status != nil {
            try during("be written", path, Door.rename(folder, temporary, to: name))
        } else {
            do {
                try Door.renameNew(folder, temporary, to: name)
            } catch {
                if error.number == Door.exists { throw Changer.changed(path) }
                throw Fault("be written", path, error)
            }
        }
    }

    static func removeQuietly(_ name: [UInt8], in folder: borrowing Descriptor) {
        do {
            try Door.remove(folder, name)
        } catch {
            // It was not made, or cannot be removed now: the journal's next opening tries again.
            return
        }
    }

    /// Puts the names of a folder on the disk. A folder that may be written to but not read cannot
    /// be opened for it; the change is made all the same, and the entry says what it was.
    static func flushQuietly(_ folder: borrowing Descriptor) {
        do {
            try Door.flush(try Door.open(folder, Place.itself, to: .list))
        } catch {
            return
        }
    }
}
