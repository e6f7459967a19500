import CFilesystem
import Glibc

/// The one place where this module calls the operating system. Each function is one call: it
/// repeats what a signal interrupted, and throws what the system answered.
enum Door {
    static let missing = ENOENT
    static let accessDenied = EACCES
    static let notPermitted = EPERM
    static let readOnly = EROFS
    static let noSpace = ENOSPC
    static let overQuota = EDQUOT
    static let linkInTheWay = ELOOP
    static let exists = EEXIST
    static let notEmpty = ENOTEMPTY
    /// What the copy inside the system answers where it does not work between two files.
    static let copyIsImpossible: Set<CInt> = [EXDEV, EINVAL, EOPNOTSUPP, ENOSYS, EPERM]

    private static func check(
        _ call: () -> CInt
    ) throws(SystemError) -> CInt {
        while true {
            let result = call()
            if result >= 0 { return result }
            let number = errno
            if number != EINTR { throw SystemError(number: number) }
        }
    }

    private static func checkNegated(_ result: CInt) throws(SystemError) -> CInt {
        if result < 0 { throw SystemError(number: -result) }
        return result
    }

    // MARK: Opening

    /// Opens a folder by its whole path, following links: for paths from the configuration.
    static func openFolder(at path: RawPath) throws(SystemError) -> Descriptor {
        let flags = cfs_open_path | O_DIRECTORY | O_CLOEXEC
        return Descriptor(owning: try check { Glibc.open(path.terminated, flags) })
    }

    /// What the name means in `folder`, held without opening it; a link is not followed.
    static func hold(
        _ folder: borrowing Descriptor, _ name: [UInt8]
    ) throws(SystemError) -> Descriptor {
        let (number, name) = (folder.number, terminated(name))
        let flags = cfs_open_path | O_NOFOLLOW | O_CLOEXEC
        return Descriptor(owning: try check { openat(number, name, flags) })
    }

    /// Holds the folder at `path` beneath `folder` if no link and no ".." lies on the way. Throws
    /// ENOSYS or EPERM where the system does not offer this.
    static func holdFolder(
        _ folder: borrowing Descriptor, beneath path: [UInt8]
    ) throws(SystemError) -> Descriptor {
        let resolve = CFS_RESOLVE_BENEATH | CFS_RESOLVE_NO_LINKS | CFS_RESOLVE_NO_MAGIC_LINKS
        let (number, path) = (folder.number, terminated(path))
        let flags = cfs_open_path | O_DIRECTORY | O_CLOEXEC
        let result = cfs_open_beneath(number, path, flags, UInt64(resolve))
        return Descriptor(owning: try checkNegated(result))
    }

    enum Purpose { case read, list, create, lock }

    /// Opens a name in `folder`. Never follows a link, never waits for the other end of a pipe.
    static func open(
        _ folder: borrowing Descriptor, _ name: [UInt8], to purpose: Purpose,
        mode: mode_t = 0o600
    ) throws(SystemError) -> Descriptor {
        let common = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let flags =
            switch purpose {
            case .read: O_RDONLY | common
            case .list: O_RDONLY | O_DIRECTORY | common
            case .create: O_WRONLY | O_CREAT | O_EXCL | common
            case .lock: O_RDWR | O_CREAT | common
            }
        let (number, name) = (folder.number, terminated(name))
        return Descriptor(owning: try check { openat(number, name, flags, mode) })
    }

    static func close(_ number: CInt) {
        // Linux has released the number even where close() reports an error: never repeat it.
        _ = Glibc.close(number)
    }

    // MARK: Looking

    static func status(_ file: borrowing Descriptor) throws(SystemError) -> FileStatus {
        var raw = stat()
        let number = file.number
        _ = try check { fstat(number, &raw) }
        return FileStatus(raw)
    }

    static func status(
        _ folder: borrowing Descriptor, _ name: [UInt8]
    ) throws(SystemError) -> FileStatus {
        var raw = stat()
        let (number, name) = (folder.number, terminated(name))
        _ = try check { fstatat(number, name, &raw, AT_SYMLINK_NOFOLLOW) }
        return FileStatus(raw)
    }

    static func isWritable(_ folder: borrowing Descriptor, _ name: [UInt8]) -> Bool {
        faccessat(folder.number, terminated(name), W_OK, AT_EACCESS) == 0
    }

    /// Where the link `name` in `folder` leads, as it is written.
    static func linkTarget(
        _ folder: borrowing Descriptor, _ name: [UInt8]
    ) throws(SystemError) -> [UInt8] {
        let (number, name) = (folder.number, terminated(name))
        let capacity = Int(PATH_MAX) + 1
        var target = [UInt8](repeating: 0, count: capacity)
        let count = target.withUnsafeMutableBytes { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                $0.baseAddress.map { readlinkat(number, name, $0, capacity) } ?? 0
            }
        }
        if count < 0 { throw SystemError(number: errno) }
        return Array(target[..<count])
    }

    /// The path with every link on it followed, if it leads anywhere.
    static func followed(_ path: RawPath) -> RawPath? {
        guard let found = realpath(path.terminated, nil) else { return nil }
        defer { free(found) }
        return RawPath(bytes: Array(UnsafeRawBufferPointer(start: found, count: strlen(found))))
    }

    // MARK: Reading and writing

    /// Appends up to `count` bytes to `buffer`, and returns how many there were; 0 at the end.
    static func read(
        _ file: borrowing Descriptor, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        while true {
            let count = Glibc.read(file.number, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            let number = errno
            if number != EINTR { throw SystemError(number: number) }
        }
    }

    static func seek(_ file: borrowing Descriptor, to offset: Int) throws(SystemError) {
        if lseek(file.number, offset, SEEK_SET) < 0 { throw SystemError(number: errno) }
    }

    static func write(_ file: borrowing Descriptor, _ bytes: [UInt8]) throws(SystemError) {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                Glibc.write(
                    file.number, all.baseAddress.map { $0 + start }, all.count - start)
            }
            let number = errno
            if count < 0 && number != EINTR { throw SystemError(number: number) }
            start += max(count, 0)
        }
    }

    /// Makes `target` share the blocks of `source`; false where the disk cannot do that.
    static func clone(_ source: borrowing Descriptor, to target: borrowing Descriptor) -> Bool {
        cfs_clone(target.number, source.number) == 0
    }

    /// Copies inside the system; returns how many bytes, 0 at the end.
    static func copyRange(
        _ source: borrowing Descriptor, to target: borrowing Descriptor, count: Int
    ) throws(SystemError) -> Int {
        while true {
            let result = cfs_copy_range(source.number, target.number, count)
            if result >= 0 { return Int(result) }
            if result != -Int64(EINTR) { throw SystemError(number: CInt(-result)) }
        }
    }

    /// Waits until the file, or the names in the folder, are on the disk.
    static func flush(_ file: borrowing Descriptor) throws(SystemError) {
        let number = file.number
        _ = try check { fsync(number) }
    }

    // MARK: Names

    static func rename(
        _ folder: borrowing Descriptor, _ from: [UInt8], to name: [UInt8]
    ) throws(SystemError) {
        let (number, from, name) = (folder.number, terminated(from), terminated(name))
        _ = try check { renameat(number, from, number, name) }
    }

    /// As `rename`, but throws EEXIST instead of replacing something.
    static func renameNew(
        _ folder: borrowing Descriptor, _ from: [UInt8], to name: [UInt8]
    ) throws(SystemError) {
        let (number, from, name) = (folder.number, terminated(from), terminated(name))
        let result = cfs_rename_new(number, from, name)
        if result != -EINVAL && result != -ENOSYS {
            _ = try checkNegated(result)
            return
        }
        // This disk does not know the flag; a hard link refuses an existing name too.
        _ = try check { linkat(number, from, number, name, 0) }
        _ = try check { unlinkat(number, from, 0) }
    }

    static func remove(
        _ folder: borrowing Descriptor, _ name: [UInt8], folder isFolder: Bool = false
    ) throws(SystemError) {
        let (number, name) = (folder.number, terminated(name))
        _ = try check { unlinkat(number, name, isFolder ? AT_REMOVEDIR : 0) }
    }

    static func makeFolder(
        _ folder: borrowing Descriptor, _ name: [UInt8], mode: mode_t = 0o777
    ) throws(SystemError) {
        let (number, name) = (folder.number, terminated(name))
        _ = try check { mkdirat(number, name, mode) }
    }

    static func makeFolder(at path: RawPath, mode: mode_t) throws(SystemError) {
        _ = try check { mkdir(path.terminated, mode) }
    }

    // MARK: Ownership and time

    /// Copies access lists and other extended attributes, as far as this disk and this user can.
    static func copyAttributes(_ source: borrowing Descriptor, to target: borrowing Descriptor) {
        var names = [CChar](repeating: 0, count: attributeBytesMax)
        let length = flistxattr(source.number, &names, names.count)
        for name in names.prefix(max(length, 0)).split(separator: 0) {
            let name = Array(name) + [0]
            // The rights of a program, which changed content must not inherit.
            if name == terminated(Array("security.capability".utf8)) { continue }
            var value = [UInt8](repeating: 0, count: attributeBytesMax)
            let size = fgetxattr(source.number, name, &value, value.count)
            if size >= 0 { _ = fsetxattr(target.number, name, value, size, 0) }
        }
    }

    /// XATTR_LIST_MAX and XATTR_SIZE_MAX: all names, or one value.
    private static let attributeBytesMax = 65_536

    static func setMode(_ file: borrowing Descriptor, _ mode: UInt32) throws(SystemError) {
        let number = file.number
        _ = try check { fchmod(number, mode & 0o7777) }
    }

    static func setOwner(
        _ file: borrowing Descriptor, user: UInt32, group: UInt32
    ) throws(SystemError) {
        let number = file.number
        _ = try check { fchown(number, user, group) }
    }

    /// UTIME_OMIT: leave this time as it is.
    private static let omitted = (1 << 30) - 2

    static func setModified(
        _ file: borrowing Descriptor, _ time: Timestamp
    ) throws(SystemError) {
        let now = timespec(tv_sec: 0, tv_nsec: omitted)
        let times = [now, timespec(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds))]
        let number = file.number
        _ = try check { futimens(number, times) }
    }

    // MARK: The process and the machine

    /// Takes the lock on an open file if nobody else holds it.
    static func tryLock(_ file: borrowing Descriptor) throws(SystemError) -> Bool {
        let number = file.number
        do {
            _ = try check { flock(number, LOCK_EX | LOCK_NB) }
            return true
        } catch  where error.number == EWOULDBLOCK {
            return false
        }
    }

    static func sleep(milliseconds: Int) {
        var time = timespec(tv_sec: 0, tv_nsec: milliseconds * 1_000_000)
        nanosleep(&time, nil)
    }

    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(time)
    }

    /// Nanoseconds of a clock that never goes back.
    static func monotonic() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func currentFolder() -> RawPath? {
        guard let found = getcwd(nil, 0) else { return nil }
        defer { free(found) }
        return RawPath(bytes: Array(UnsafeRawBufferPointer(start: found, count: strlen(found))))
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// The home folder: from the environment, or, since a worker's is empty, from the system.
    static func home() -> RawPath? {
        if let home = environment("HOME"), home.hasPrefix("/") {
            return RawPath(bytes: Array(home.utf8))
        }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        let result = getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found)
        guard result == 0, found != nil, let folder = entry.pw_dir else { return nil }
        return RawPath(bytes: Array(UnsafeRawBufferPointer(start: folder, count: strlen(folder))))
    }

    static func userName(_ id: UInt32) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        let result = getpwuid_r(id, &entry, &buffer, buffer.count, &found)
        guard result == 0, found != nil, let name = entry.pw_name else { return nil }
        return String(cString: name)
    }

    /// Where `needle` first occurs in `bytes`.
    static func find(
        _ needle: [UInt8], in bytes: UnsafeRawBufferPointer
    ) -> Int? {
        let offset = cfs_find(bytes.baseAddress, bytes.count, needle, needle.count)
        return offset < 0 ? nil : Int(offset)
    }

    static func newline(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count else { return nil }
        guard let found = memchr(base + start, 0x0A, bytes.count - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    static func terminated(_ bytes: [UInt8]) -> [CChar] {
        bytes.map { CChar(bitPattern: $0) } + [0]
    }
}
