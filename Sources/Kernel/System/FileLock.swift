import Glibc

/// A file that one process at a time holds, for as long as this value lives or until it dies.
package struct FileLock: ~Copyable, Sendable {
    private let file: FileDescriptor

    package enum Failure: Error, Sendable {
        case held
        case system(SystemError)
    }

    package init(_ path: String) throws(Failure) {
        file = try Self.lockedFile(path)
    }

    private static func lockedFile(_ path: String) throws(Failure) -> FileDescriptor {
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, .write, creating: .ifMissing())
            try systemCall("lock", path) { flock(file.raw, LOCK_EX | LOCK_NB) }
            return file
        } catch {
            throw error.code == EWOULDBLOCK ? .held : .system(error)
        }
    }
}
