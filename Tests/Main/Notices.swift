import Glibc
import KernelSystem
import Testing

/// Where a program says how it is, as systemd listens for it.
final class Notices: Sendable {
    private let descriptor: FileDescriptor

    init(_ path: String) throws {
        let raw = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        descriptor = FileDescriptor(owning: raw)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        try #require(bytes.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
        var isOn: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        try #require(setsockopt(raw, SOL_SOCKET, SO_PASSCRED, &isOn, size) == 0)
    }

    func next() throws -> String { try nextWithSender().text }

    /// With the number of the process that said it, as the system knows it.
    func nextWithSender() throws -> (text: String, sender: Int32) {
        var entry = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        try #require(poll(&entry, 1, 60_000) > 0, "no notice came")
        var text = [UInt8](repeating: 0, count: 4_096)
        var control = [UInt64](repeating: 0, count: 16)
        let count = text.withUnsafeMutableBytes { text in
            control.withUnsafeMutableBytes { control in
                var piece = iovec(iov_base: text.baseAddress, iov_len: text.count)
                return withUnsafeMutablePointer(to: &piece) { piece in
                    var message = msghdr()
                    message.msg_iov = piece
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = control.count
                    return recvmsg(descriptor.raw, &message, 0)
                }
            }
        }
        try #require(count >= 0)
        // Behind the header of the one control message.
        let sender = control.withUnsafeBytes {
            $0.load(fromByteOffset: MemoryLayout<cmsghdr>.size, as: Int32.self)
        }
        return (String(decoding: text[..<count], as: UTF8.self), sender)
    }
}
