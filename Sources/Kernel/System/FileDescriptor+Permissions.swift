import Glibc

extension FileDescriptor {
    /// Takes everything from everybody but the owner, if they have anything.
    package func makePrivate(path: String) throws(SystemError) {
        let permissions = try Files.status(of: self).permissions
        guard permissions & 0o077 != 0 else { return }
        try systemCall("make private", path) { fchmod(raw, permissions & 0o700) }
    }
}
