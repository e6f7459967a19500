/// Where a path leads: a name in a folder that is held open, so that whatever is renamed or linked
/// meanwhile, the name is looked up there and nowhere else.
struct Place: ~Copyable {
    /// The whole path, without links.
    let path: RawPath
    /// The last folder on the way that exists.
    let parent: Descriptor
    /// Folders between `parent` and `name` that do not exist.
    let missing: [[UInt8]]
    /// "." for an allowed root itself.
    let name: [UInt8]
    /// What was there when the path was resolved; nil if nothing.
    let status: FileStatus?

    static let itself: [UInt8] = [0x2E]

    /// Opens an ordinary file; anything else is refused before it is opened, since opening a
    /// device can have an effect.
    func openFile() throws(Fault) -> OpenFile {
        let before = try existing()
        try Self.requireFile(before, path)
        let file = try opened(to: .read)
        let status = try during("be read", path, Door.status(file))
        try Self.requireFile(status, path)
        return OpenFile(path: path, descriptor: file, status: status)
    }

    func openFolder() throws(Fault) -> Descriptor {
        let status = try existing()
        guard status.kind == .folder else {
            throw Fault(.invalid, "\(path) is \(status.kind.article), not a folder.")
        }
        return try opened(to: .list)
    }

    /// The status, or that there is nothing.
    func existing() throws(Fault) -> FileStatus {
        if let status { return status }
        throw Fault(.notFound, "\(path) does not exist.")
    }

    static func requireFile(_ status: FileStatus, _ path: RawPath) throws(Fault) {
        switch status.kind {
        case .file: return
        case .folder: throw Fault(.invalid, "\(path) is a folder, not a file.")
        default:
            throw Fault(
                .invalid, "\(path) is \(status.kind.article); only ordinary files can be used.")
        }
    }

    private func opened(to purpose: Door.Purpose) throws(Fault) -> Descriptor {
        do {
            return try Door.open(parent, name, to: purpose)
        } catch {
            if error.number == Door.linkInTheWay {
                throw Fault(.busy, "\(path) was replaced while it was being opened; try again.")
            }
            throw Fault(purpose == .list ? "be listed" : "be read", path, error)
        }
    }
}
