import CInotify
import Glibc

/// Files and folders by path.
package enum Files {
    package static func status(_ path: String) throws(SystemError) -> FileStatus {
        var status = stat()
        try systemCall("look at", path) { unsafe stat(path, &status) }
        return FileStatus(status)
    }

    package static func status(
        of file: borrowing FileDescriptor
    ) throws(SystemError) -> FileStatus {
        var status = stat()
        try systemCall("look at an open file") { unsafe fstat(file.raw, &status) }
        return FileStatus(status)
    }

    /// The status, or nil if there is nothing at `path`.
    package static func statusIfPresent(_ path: String) throws(SystemError) -> FileStatus? {
        do throws(SystemError) {
            return try status(path)
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw error
        }
    }

    package static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    package static func isLink(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Where the link at `path` leads, as it is written in it; nil if there is no link.
    package static func target(ofLink path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink(path, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    package static func isExecutable(_ path: String) -> Bool {
        unsafe access(path, X_OK) == 0
    }

    package static func makeExecutable(_ path: String) throws(SystemError) {
        try systemCall("make executable", path) { unsafe chmod(path, 0o755) }
    }

    /// The whole file; more than `bytesMax` is an error, so that nobody fills our memory.
    package static func read(_ path: String, bytesMax: Int) throws(SystemError) -> [UInt8] {
        let file = try FileDescriptor.open(path, .read)
        return try read(file, path: path, bytesMax: bytesMax)
    }

    package static func read(
        _ file: borrowing FileDescriptor, path: String, bytesMax: Int
    ) throws(SystemError) -> [UInt8] {
        let expected = Int(clamping: try status(of: file).bytes)
        guard expected <= bytesMax else { throw SystemError("read", path, code: EFBIG) }
        var whole = try readAtOnce(file, path: path, bytes: max(0, expected))
        // A file of /proc has no size, and any other may have grown.
        var buffer = [UInt8](repeating: 0, count: restBytes)
        while case .bytes(let count) = try file.read(into: &buffer) {
            whole.append(contentsOf: buffer[..<count])
            guard whole.count <= bytesMax else { throw SystemError("read", path, code: EFBIG) }
        }
        return whole
    }

    private static let restBytes = 16 << 10

    /// As many bytes as are there, up to `bytes`, straight into their place.
    private static func readAtOnce(
        _ file: borrowing FileDescriptor, path: String, bytes: Int
    ) throws(SystemError) -> [UInt8] {
        // The array without bytes is one for all, and would be written to.
        guard bytes > 0 else { return [] }
        var failure: SystemError?
        let number = file.raw
        let whole = unsafe [UInt8](unsafeUninitializedCapacity: bytes) { space, filled in
            while filled < bytes, let start = space.baseAddress {
                do throws(SystemError) {
                    let count = try systemCall("read", path) {
                        unsafe Glibc.read(number, start + filled, bytes - filled)
                    }
                    if count == 0 { return }
                    filled += count
                } catch {
                    failure = error
                    return
                }
            }
        }
        if let failure { throw failure }
        return whole
    }

    /// Puts a file in place whole: a reader sees the old one or the new one, never a part, and
    /// after a power cut too if `durable`.
    package static func replace(
        _ path: String, with bytes: [UInt8], permissions: UInt32 = 0o600, durable: Bool = false
    ) throws(SystemError) {
        let temporary = "\(path).\(getpid()).\(SystemThread.currentID).new"
        do throws(SystemError) {
            let file = try FileDescriptor.open(
                temporary, .write, creating: .ifMissing(permissions), extraFlags: O_TRUNC)
            try file.write(bytes)
            if durable { try systemCall("flush", temporary) { fsync(file.raw) } }
            try rename(temporary, to: path)
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        if durable { try flushDirectory(of: path) }
    }

    package static func flushDirectory(of path: String) throws(SystemError) {
        let folder = try FileDescriptor.open(Path.directory(of: path), .directory)
        try systemCall("flush the folder of", path) { fsync(folder.raw) }
    }

    package static func rename(_ old: String, to new: String) throws(SystemError) {
        try systemCall("rename to", new) { unsafe Glibc.rename(old, new) }
    }

    /// Gives a file another name; false where that cannot be.
    package static func link(_ old: String, to new: String) -> Bool {
        unsafe Glibc.link(old, new) == 0
    }

    package static func remove(_ path: String) throws(SystemError) {
        try systemCall("remove", path) { unsafe unlink(path) }
    }

    package static func removeIfPresent(_ path: String) {
        unsafe unlink(path)
    }

    /// Makes the folder and those above it that are missing.
    package static func makeDirectories(
        _ path: String, permissions: UInt32 = 0o700
    ) throws(SystemError) {
        if unsafe mkdir(path, permissions) == 0 { return }
        let code = errno
        if code == EEXIST { return }
        let parent = Path.directory(of: path)
        guard code == ENOENT, parent != path else {
            throw SystemError("make folder", path, code: code)
        }
        try makeDirectories(parent, permissions: permissions)
        if unsafe mkdir(path, permissions) != 0, errno != EEXIST {
            throw SystemError("make folder", path, code: errno)
        }
    }

    /// Removes a folder with all that is in it; links are removed, not followed.
    package static func removeTree(_ path: String) throws(SystemError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
        for name in try names(in: path) { try removeTree(Path.join(path, name)) }
        try systemCall("remove folder", path) { unsafe rmdir(path) }
    }

    /// The names in a folder, sorted, without `.` and `..`.
    package static func names(in folder: String) throws(SystemError) -> [String] {
        guard let stream = unsafe opendir(folder) else {
            throw SystemError("list", folder, code: errno)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The path with every link followed, or nil if nothing is there.
    package static func resolved(_ path: String) -> String? {
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    package static var currentDirectory: String {
        guard let folder = unsafe getcwd(nil, 0) else { return "/" }
        defer { unsafe free(folder) }
        return unsafe String(cString: folder)
    }

    /// Copies a file's bytes to a new file, sharing blocks where the file system can.
    package static func copy(
        _ source: borrowing FileDescriptor, to target: borrowing FileDescriptor
    ) throws(SystemError) {
        if clone(source, to: target) { return }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while case .bytes(let count) = try source.read(into: &buffer) {
            try target.write(buffer[..<count])
        }
    }

    /// Calls `body` with the first `count` bytes of a file, part after part, through one small
    /// buffer: megabytes of fresh memory would cost more than reading them. Returns how many bytes
    /// there were.
    package static func forEachPart(
        of file: borrowing FileDescriptor, first count: Int,
        _ body: (ArraySlice<UInt8>) throws(SystemError) -> Void
    ) throws(SystemError) -> Int {
        var buffer = [UInt8](repeating: 0, count: partBytes)
        var position = 0
        while position < count {
            guard case .bytes(let read) = try file.read(into: &buffer, at: position) else { break }
            let used = min(read, count - position)
            try body(buffer[..<used])
            position += used
        }
        return position
    }

    private static let partBytes = 64 << 10

    /// Puts what `source` has from `position` on at the same place of `target`.
    package static func append(
        to target: borrowing FileDescriptor, from source: borrowing FileDescriptor, at position: Int
    ) throws(SystemError) {
        try systemCall("move to", "\(position)") { lseek(source.raw, position, SEEK_SET) }
        try systemCall("move to", "\(position)") { lseek(target.raw, position, SEEK_SET) }
        try copy(source, to: target)
    }

    /// Cuts a file off behind its first `count` bytes.
    package static func cut(_ file: borrowing FileDescriptor, to count: Int) throws(SystemError) {
        try systemCall("cut") { ftruncate(file.raw, count) }
    }

    /// Lets a new file share the blocks of another; false where the file system cannot.
    private static func clone(
        _ source: borrowing FileDescriptor, to target: borrowing FileDescriptor
    ) -> Bool {
        linux_clone_file(target.raw, source.raw) == 0
    }

    /// May programs and libraries be mapped from the file system that holds `path`? A store on a
    /// `noexec` mount would fail only at dlopen, with words that explain nothing.
    package static func allowsExecution(_ path: String) -> Bool {
        var information = statvfs()
        guard unsafe statvfs(path, &information) == 0 else { return true }
        return information.f_flag & 0x8 == 0  // ST_NOEXEC
    }
}

/// Paths as text.
package enum Path {
    package static func join(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    package static func name(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path }
        return String(path[path.index(after: slash)...])
    }

    package static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `path` seen from `folder`, with a leading `~` replaced by `home`.
    package static func absolute(_ path: String, in folder: String, home: String) -> String {
        if path == "~" { return home }
        if path.hasPrefix("~/") { return join(home, String(path.dropFirst(2))) }
        if path.hasPrefix("/") { return path }
        return path == "." ? folder : join(folder, path)
    }
}
