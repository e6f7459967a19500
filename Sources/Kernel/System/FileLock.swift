import Glibc

/// A file that one process at a time holds, or several that share it, for as long as this value
/// lives or until they die. What is written in it says who holds it.
package struct FileLock: ~Copyable, Sendable {
    private let file: FileDescriptor

    package enum Kind: Sendable {
        case exclusive, shared

        fileprivate var operation: Int32 { self == .exclusive ? LOCK_EX : LOCK_SH }
    }

    package enum Failure: Error, Sendable {
        case held
        case system(SystemError)
    }

    package init(_ path: String, _ kind: Kind = .exclusive) throws(Failure) {
        file = try Self.lockedFile(path, kind)
    }

    private static func lockedFile(
        _ path: String, _ kind: Kind
    ) throws(Failure) -> FileDescriptor {
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, .write, creating: .ifMissing())
            try systemCall("lock", path) { flock(file.raw, kind.operation | LOCK_NB) }
            return file
        } catch {
            throw error.code == EWOULDBLOCK ? .held : .system(error)
        }
    }

    /// Replaces what is written in the file. A reader may see a part of it.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        try systemCall("empty a lock") { ftruncate(file.raw, 0) }
        try systemCall("go to the start of a lock") { lseek(file.raw, 0, SEEK_SET) }
        try file.write(bytes)
    }
}
