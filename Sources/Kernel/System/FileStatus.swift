import Glibc

/// What `stat` says of a file: enough to tell whether it is still the same one, unchanged.
package struct FileStatus: Sendable, Hashable {
    package let device: UInt64
    package let inode: UInt64
    package let bytes: Int64
    package let modifiedNanoseconds: Int64
    package let changedNanoseconds: Int64
    package let kind: Kind
    package let permissions: UInt32
    package let owner: UInt32

    package enum Kind: UInt8, Sendable, Hashable {
        case file, directory, socket, other
    }

    package init(
        device: UInt64, inode: UInt64, bytes: Int64, modifiedNanoseconds: Int64,
        changedNanoseconds: Int64
    ) {
        self.device = device
        self.inode = inode
        self.bytes = bytes
        self.modifiedNanoseconds = modifiedNanoseconds
        self.changedNanoseconds = changedNanoseconds
        kind = .file
        permissions = 0
        owner = 0
    }

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        bytes = Int64(status.st_size)
        modifiedNanoseconds =
            Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changedNanoseconds =
            Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFSOCK: .socket
            default: .other
            }
        permissions = status.st_mode & 0o7777
        owner = status.st_uid
    }

    /// The same file, whatever has become of it.
    package func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode
    }

    /// The same bytes, as far as `stat` can tell.
    package func isSameContent(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode && bytes == other.bytes
            && modifiedNanoseconds == other.modifiedNanoseconds
            && changedNanoseconds == other.changedNanoseconds
    }
}
