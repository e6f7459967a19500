import Glibc

/// TCP ports of this machine.
package enum LoopbackPort {
    /// One that nobody has at this moment. Somebody may take it before it is used.
    package static func free() throws(SystemError) -> UInt16 {
        let raw = try systemCall("make a socket") {
            socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        let descriptor = FileDescriptor(owning: raw)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let bound = unsafe bind(descriptor.raw, pointer, length)
                return bound == 0 ? unsafe getsockname(descriptor.raw, pointer, &length) : bound
            }
        }
        guard result == 0 else { throw SystemError("find a free port", code: errno) }
        return UInt16(bigEndian: address.sin_port)
    }

    /// The user whose program listens at the port, on whatever address; nil: nobody does.
    package static func listeningUser(_ port: UInt16) -> UInt32? {
        ["/proc/net/tcp", "/proc/net/tcp6"].lazy.compactMap { table in
            let bytes = try? Files.read(table, bytesMax: tableBytesMax)
            return listeningUser(port, table: String(decoding: bytes ?? [], as: UTF8.self))
        }.first
    }

    private static let tableBytesMax = 16 << 20

    /// `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid …`
    static func listeningUser(_ port: UInt16, table: String) -> UInt32? {
        for line in table.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 7, fields[3] == "0A",
                let colon = fields[1].lastIndex(of: ":"),
                UInt16(fields[1][fields[1].index(after: colon)...], radix: 16) == port
            else { continue }
            return UInt32(fields[7])
        }
        return nil
    }
}
