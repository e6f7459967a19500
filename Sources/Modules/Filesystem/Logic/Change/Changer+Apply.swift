extension Changer {
    /// Changes one file. The order of the steps is what makes it safe: the old content is kept and
    /// the entry is on the disk before the file is touched.
    func apply(
        _ content: Content, at place: borrowing Place, _ current: Current, _ request: Request,
        _ open: inout OpenJournal
    ) throws(Fault) -> Outcome {
        try check(place, current, request)
        let after = Self.record(content, current)
        // Taking back is recorded in any case, so that the change counts as taken back.
        if after?.hash == current.hash?.description && request.kind != .undo {
            return Outcome(
                change: nil, path: place.path, created: false, hash: after?.hash,
                size: after?.size ?? 0)
        }
        let id = open.nextId
        let entry = JournalEntry(
            id: id, time: Door.now().text, kind: request.kind, path: place.path.description,
            before: current.content, after: after,
            temporary: ".kernel-\(id)-\(String(Door.monotonic(), radix: 36)).new",
            folders: Self.folders(of: place), undoes: request.undoes)
        if let status = current.status {
            let file = try place.openFile()
            guard file.status.isSame(as: status) else { throw Self.changed(place.path) }
            try open.keep(file, for: id)
        }
        try open.prepare(entry)
        do {
            let job = Replacement(
                entry: entry, content: content, current: current, path: place.path,
                name: place.name)
            try job.run(in: place, open)
        } catch {
            open.discardPrepared(id)
            throw error
        }
        try open.settle(id)
        open.prune()
        return Outcome(
            change: id, path: place.path, created: current.status == nil, hash: after?.hash,
            size: after?.size ?? 0, otherNames: max(0, (current.status?.links ?? 1) - 1))
    }

    private func check(
        _ place: borrowing Place, _ current: Current, _ request: Request
    ) throws(Fault) {
        if current.status != nil && !Door.isWritable(place.parent, place.name) {
            throw Fault(.denied, "\(place.path) is write-protected; its owner must allow writing.")
        }
        if let first = place.missing.first, !request.makesFolders {
            let above = place.path.components.dropLast(place.missing.count + 1)
            let folder = RawPath(root: .top, components: above + [first])
            throw Fault(
                .notFound,
                "The folder \(folder) does not exist. To have it made, set parents = true.")
        }
        if place.name.count > 255 {
            throw Fault(.invalid, "The name of \(place.path) is longer than 255 bytes.")
        }
    }

    private static func record(_ content: Content, _ current: Current) -> JournalEntry.Content? {
        switch content {
        case .nothing: nil
        case .kept(let kept, _): kept
        case .bytes(let bytes):
            // As the system does it: whoever changes a program takes its special rights away.
            JournalEntry.Content(
                hash: Hash(bytes).description, size: bytes.count,
                mode: current.status.map { $0.mode & 0o1777 },
                modified: nil)
        }
    }

    private static func folders(of place: borrowing Place) -> [String] {
        let components = place.path.components
        return (0..<place.missing.count).map { index in
            let depth = components.count - place.missing.count + index
            return RawPath(root: .top, components: Array(components.prefix(depth))).description
        }
    }

    static func changed(_ path: RawPath) -> Fault {
        Fault(
            .busy,
            "\(path) was changed by somebody else while it was being changed here; nothing "
                + "was done. Read it again.")
    }
}
