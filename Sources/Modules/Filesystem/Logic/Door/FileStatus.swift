import Glibc

/// What the system knows about a file, taken at one moment.
struct FileStatus: Equatable, Sendable {
    let kind: Kind
    let size: Int
    let mode: UInt32
    let user: UInt32
    let group: UInt32
    let links: Int
    let modified: Timestamp
    let identity: Identity

    enum Kind: String, Sendable {
        case file, folder, link, pipe, socket, device
    }

    /// Names a file for as long as it exists, whatever its path.
    struct Identity: Hashable, Sendable {
        let device: UInt
        let inode: UInt
    }

    init(_ raw: stat) {
        kind = Kind(mode: raw.st_mode)
        size = Int(raw.st_size)
        mode = raw.st_mode & 0o7777
        user = raw.st_uid
        group = raw.st_gid
        links = Int(raw.st_nlink)
        modified = Timestamp(raw.st_mtim)
        identity = Identity(device: raw.st_dev, inode: raw.st_ino)
    }

    /// Was the file neither replaced nor written to between the two?
    func isSame(as other: FileStatus) -> Bool {
        identity == other.identity && size == other.size && modified == other.modified
    }
}

extension FileStatus.Kind {
    init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .folder
        case S_IFLNK: self = .link
        case S_IFIFO: self = .pipe
        case S_IFSOCK: self = .socket
        default: self = .device
        }
    }

    init?(entryType: UInt8) {
        switch Int(entryType) {
        case Int(DT_REG): self = .file
        case Int(DT_DIR): self = .folder
        case Int(DT_LNK): self = .link
        case Int(DT_FIFO): self = .pipe
        case Int(DT_SOCK): self = .socket
        case Int(DT_CHR), Int(DT_BLK): self = .device
        default: return nil
        }
    }

    var article: String {
        switch self {
        case .file: "an ordinary file"
        case .folder: "a folder"
        case .link: "a link"
        case .pipe: "a named pipe"
        case .socket: "a socket"
        case .device: "a device"
        }
    }
}
