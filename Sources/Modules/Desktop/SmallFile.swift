import Glibc

/// Reads and writes whole files, and lists folders: the modules' door to the file system.
package enum SmallFile {
    /// A file of the desktop that is larger than this is not what it claims to be.
    package static let bytesMax = 8 << 20

    /// The first `limit` bytes of a file; nil where there is none that can be read.
    package static func read(_ path: String, limit: Int = bytesMax) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let wanted = min(limit - bytes.count, 1 << 16)
            let chunk = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                count = max(0, readAgain(descriptor, buffer.baseAddress, wanted))
            }
            bytes += chunk
            // The files of sysfs announce no size and may end early: only an empty read is the end.
            if chunk.isEmpty { break }
        }
        return bytes
    }

    /// The text of a file of sysfs, without the line's end; nil where there is none.
    package static func line(_ path: String) -> String? {
        guard let bytes = read(path, limit: 4096), !bytes.isEmpty else { return nil }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        return String(decoding: line, as: UTF8.self)
    }

    /// The names in a folder, sorted; none where there is no such folder.
    package static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Replaces what a file holds, in one piece, as sysfs wants it. The file must exist. Returns
    /// the errno, 0 if done.
    package static func write(_ text: String, to path: String) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let count = Glibc.write(descriptor, bytes, bytes.count)
        return count < 0 ? errno : count == bytes.count ? 0 : EIO
    }

    package static func kind(of path: String) -> FileKind? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    package static func isProgram(_ path: String) -> Bool {
        kind(of: path) == .file && access(path, X_OK) == 0
    }

    /// The text of an errno.
    package static func reason(_ code: Int32) -> String {
        String(cString: strerror(code))
    }

    private static func readAgain(
        _ descriptor: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int
    ) -> Int {
        while true {
            let length = Glibc.read(descriptor, buffer, count)
            if length >= 0 || errno != EINTR { return length }
        }
    }
}

package enum FileKind: Sendable {
    case file, folder, other
}
