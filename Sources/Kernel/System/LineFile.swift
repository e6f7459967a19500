import Glibc

/// A private file (0600) that processes append whole lines to, at the same time. A lock keeps a
/// process that rewrites it from losing what another appends meanwhile.
package struct LineFile: Sendable {
    private let path: String

    package init(path: String) {
        self.path = path
    }

    /// Empty if there is no such file. Of a longer one its end, from the beginning of a line on.
    package func read(lastBytes bytesMax: Int) throws(SystemError) -> [UInt8] {
        guard try Files.statusIfPresent(path) != nil else { return [] }
        let file = try FileDescriptor.open(path, .read, extraFlags: O_NONBLOCK)
        return try readEnd(file, bytesMax: bytesMax)
    }

    /// One write, so that the lines of several processes never mix.
    package func append(_ line: [UInt8]) throws(SystemError) {
        let file = try openLocked()
        // A line that a crash cut short must not swallow this one.
        let isCut = try endsInMidLine(file)
        try file.write((isCut ? [0x0A] : []) + line)
    }

    /// Replaces the content by what `change` makes of it; a crash leaves the old or the new one.
    package func rewrite(
        lastBytes bytesMax: Int, _ change: ([UInt8]) -> [UInt8]
    ) throws(SystemError) {
        let file = try openLocked()
        try Files.replace(path, with: change(try readEnd(file, bytesMax: bytesMax)))
    }

    /// Locked, and still the file that the path names: the process that held the lock before may
    /// have replaced it.
    private func openLocked() throws(SystemError) -> FileDescriptor {
        while true {
            let file = try FileDescriptor.open(
                path, .write, creating: .ifMissing(), extraFlags: O_APPEND)
            try systemCall("lock", path) { flock(file.raw, LOCK_EX) }
            let opened = try Files.status(of: file)
            let named = try Files.statusIfPresent(path)
            guard let named, named.inode == opened.inode, named.device == opened.device else {
                continue
            }
            try systemCall("make private", path) { fchmod(file.raw, 0o600) }
            return file
        }
    }

    private func endsInMidLine(_ file: borrowing FileDescriptor) throws(SystemError) -> Bool {
        let bytes = try Files.status(of: file).bytes
        guard bytes > 0 else { return false }
        var last: UInt8 = 0x0A
        try systemCall("read", path) { unsafe pread(file.raw, &last, 1, Int(bytes) - 1) }
        return last != 0x0A
    }

    private func readEnd(
        _ file: borrowing FileDescriptor, bytesMax: Int
    ) throws(SystemError) -> [UInt8] {
        let size = Int(try Files.status(of: file).bytes)
        let start = max(size - bytesMax, 0)
        try systemCall("read", path) { lseek(file.raw, start, SEEK_SET) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < bytesMax, case .bytes(let count) = try file.read(into: &buffer) {
            bytes += buffer[..<count]
        }
        guard start > 0 else { return bytes }
        let firstLine = bytes.firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
        return Array(bytes[firstLine...])
    }
}
