import Glibc

/// The few calls that reading the configuration needs.
package enum ConfigurationFiles {
    /// Reads a regular file. Nil: there is none. A file above the limit is refused, not cut.
    package static func read(
        _ path: String, bytesMax: Int
    ) throws(ConfigurationFileError) -> [UInt8]? {
        try contents(of: path, bytesMax: bytesMax) { _ throws(ConfigurationFileError) in }
    }

    /// Reads a file that only the user may be able to open: owned by the user, mode 0600 or less.
    package static func readPrivate(
        _ path: String, bytesMax: Int
    ) throws(ConfigurationFileError) -> [UInt8]? {
        try contents(of: path, bytesMax: bytesMax) { status throws(ConfigurationFileError) in
            guard status.st_uid == getuid() else {
                throw ConfigurationFileError(path, "belongs to another user (\(status.st_uid))")
            }
            let mode = status.st_mode & 0o7777
            guard mode & 0o177 == 0 else {
                throw ConfigurationFileError(
                    path,
                    "can be opened by others (mode \(octal(mode))). Run: chmod 600 \(path)")
            }
        }
    }

    /// Makes sure that a folder is there, is no link, belongs to the user and has mode 0700.
    package static func ensurePrivateFolder(_ path: String) throws(ConfigurationFileError) {
        if unsafe mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw ConfigurationFileError(path, "cannot be created: \(reason(errno))")
        }
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            throw ConfigurationFileError(path, "cannot be examined: \(reason(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ConfigurationFileError(path, "is not a folder")
        }
        guard status.st_uid == getuid() else {
            throw ConfigurationFileError(path, "belongs to another user (\(status.st_uid))")
        }
        let mode = status.st_mode & 0o7777
        guard mode == 0o700 else {
            throw ConfigurationFileError(
                path, "has mode \(octal(mode)), but must be 0700. Run: chmod 700 \(path)")
        }
    }

    /// The home folder that the system knows for the user, for when `HOME` is not set.
    package static func homeFolder() -> String? {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let status = unsafe getpwuid_r(getuid(), &entry, start, buffer.count, &found)
            guard status == 0, unsafe found != nil, let folder = unsafe entry.pw_dir
            else { return nil }
            return unsafe String(cString: folder)
        }
    }

    package static func userId() -> UInt32 { getuid() }

    private static func contents(
        of path: String, bytesMax: Int,
        check: (stat) throws(ConfigurationFileError) -> Void
    ) throws(ConfigurationFileError) -> [UInt8]? {
        // Without O_NONBLOCK, opening a named pipe would wait for its other end.
        let fd = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard fd >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw ConfigurationFileError(path, "cannot be opened: \(reason(errno))")
        }
        defer { close(fd) }
        var status = stat()
        guard unsafe fstat(fd, &status) == 0 else {
            throw ConfigurationFileError(path, "cannot be examined: \(reason(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ConfigurationFileError(path, "is not a regular file")
        }
        try check(status)
        return try readAll(fd, path: path, bytesMax: bytesMax)
    }

    private static func readAll(
        _ fd: Int32, path: String, bytesMax: Int
    ) throws(ConfigurationFileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(bytesMax + 1, 65_536))
        while true {
            let count = unsafe Glibc.read(fd, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw ConfigurationFileError(path, "cannot be read: \(reason(errno))")
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= bytesMax else {
                throw ConfigurationFileError(path, "is larger than \(bytesMax) bytes")
            }
        }
    }

    private static func octal(_ mode: mode_t) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func reason(_ code: Int32) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}

/// A file of the configuration that cannot be used as it is.
package struct ConfigurationFileError: Error, Equatable, CustomStringConvertible {
    package let path: String
    /// Follows the path: "is not a regular file".
    package let reason: String

    package init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path) \(reason)." }
}
