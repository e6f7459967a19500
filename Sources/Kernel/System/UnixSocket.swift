import CInotify
import Glibc

/// Stream sockets of this machine, found by a path. All are non-blocking and close-on-exec.
package enum UnixSocket {
    /// Who is at the other end, as the system knows it: of a connection that was accepted, whoever
    /// connected; of one that was made, whoever listens.
    package struct Peer: Sendable, Hashable {
        package let process: Int32
        package let user: UInt32
    }

    /// More that wait to be accepted are refused or wait. The system may allow fewer.
    private static let backlogMax: Int32 = 4_096

    /// Makes the socket at a path where nothing is; only its owner may connect.
    package static func listen(at path: String) throws(SystemError) -> FileDescriptor {
        let descriptor = try make()
        // Before it has a name, so that there is no moment in which others may connect.
        try systemCall("keep others from", path) { fchmod(descriptor.raw, 0o600) }
        try withAddress(path) { address throws(SystemError) in
            try systemCall("make a socket at", path) {
                unsafe linux_unix_bind(descriptor.raw, address, address.utf8.count)
            }
        }
        try systemCall("listen at", path) { Glibc.listen(descriptor.raw, backlogMax) }
        return descriptor
    }

    /// EAGAIN: whoever listens has too many that wait. ECONNREFUSED and ENOENT: nobody listens.
    package static func connect(to path: String) throws(SystemError) -> FileDescriptor {
        let descriptor = try make()
        try withAddress(path) { address throws(SystemError) in
            try systemCall("connect to", path) {
                unsafe linux_unix_connect(descriptor.raw, address, address.utf8.count)
            }
        }
        return descriptor
    }

    /// The next that waits; nil if none does.
    package static func accept(
        _ listener: borrowing FileDescriptor
    ) throws(SystemError) -> FileDescriptor? {
        do throws(SystemError) {
            let raw = try systemCall("accept a connection") { linux_accept(listener.raw) }
            return FileDescriptor(owning: raw)
        } catch {
            // One that has gone away meanwhile is none.
            if error.code == EAGAIN || error.code == ECONNABORTED { return nil }
            throw error
        }
    }

    package static func peer(of connection: borrowing FileDescriptor) throws(SystemError) -> Peer {
        var process: pid_t = 0
        var user: uid_t = 0
        try systemCall("ask who is connected") {
            unsafe linux_peer_credentials(connection.raw, &process, &user)
        }
        return Peer(process: process, user: user)
    }

    /// Is this a Unix stream socket that connections can be accepted from? For a descriptor that
    /// somebody else has opened.
    package static func isListening(_ fd: Int32) -> Bool {
        option(SO_ACCEPTCONN, of: fd) == 1 && option(SO_DOMAIN, of: fd) == AF_UNIX
            && option(SO_TYPE, of: fd) == Int32(SOCK_STREAM.rawValue)
    }

    /// Where a socket that somebody else has made was bound; nil for one without a path, and for
    /// one whose path is a way that only its maker can go.
    package static func path(of fd: Int32) -> String? {
        var address = sockaddr_un()
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bytes = unsafe withUnsafeMutableBytes(of: &address) { raw -> [UInt8] in
            guard let start = raw.baseAddress else { return [] }
            let socket = unsafe start.assumingMemoryBound(to: sockaddr.self)
            guard unsafe getsockname(fd, socket, &size) == 0 else { return [] }
            let head = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 0
            return unsafe Array(raw[head...].prefix { $0 != 0 })
        }
        let path = String(decoding: bytes, as: UTF8.self)
        return path.hasPrefix("/") && !path.hasPrefix("/proc/") ? path : nil
    }

    /// No more can be sent to, or come from, the other side.
    package static func shutDown(_ connection: borrowing FileDescriptor) {
        _ = Glibc.shutdown(connection.raw, Int32(SHUT_RDWR))
    }

    private static func option(_ name: Int32, of fd: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe getsockopt(fd, SOL_SOCKET, name, &value, &size)
        return result == 0 ? value : nil
    }

    private static func make() throws(SystemError) -> FileDescriptor {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let raw = try systemCall("make a socket") {
            socket(AF_UNIX, kind | Int32(SOCK_NONBLOCK.rawValue), 0)
        }
        return FileDescriptor(owning: raw)
    }

    /// An address has room for so many bytes of a path.
    private static let addressBytesMax = 107

    /// A longer path is reached through its folder, which is opened for that.
    private static func withAddress(
        _ path: String, _ body: (String) throws(SystemError) -> Void
    ) throws(SystemError) {
        guard path.utf8.count > addressBytesMax else { return try body(path) }
        let folder = try FileDescriptor.open(Path.directory(of: path), .path)
        let address = "/proc/self/fd/\(folder.raw)/\(Path.name(of: path))"
        guard address.utf8.count <= addressBytesMax else {
            throw SystemError("name a socket", path, code: ENAMETOOLONG)
        }
        try body(address)
        keep(folder)
    }

    private static func keep(_ folder: consuming FileDescriptor) {}
}
