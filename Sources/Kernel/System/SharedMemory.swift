import CInotify
import Glibc

/// Bytes in a file without a name, to hand many of them to another process at once.
package enum SharedMemory {
    /// A sealed memory file that holds `bytes`: nobody can change it any more, so that the
    /// receiver may trust its size.
    package static func file(holding bytes: [UInt8]) throws(SystemError) -> FileDescriptor {
        let raw = try systemCall("create a memory file") { unsafe linux_memfd_create("payload") }
        let file = FileDescriptor(owning: raw)
        try file.write(bytes)
        try systemCall("seal a memory file") { linux_memfd_seal(file.raw) }
        return file
    }

    /// The bytes of a memory file that somebody sent. `bytesMax` bounds what a peer may make us
    /// take; read, not mapped, since a peer could shrink an unsealed file under a mapping.
    package static func bytes(
        of file: borrowing FileDescriptor, bytesMax: Int
    ) throws(SystemError) -> [UInt8] {
        let size = try systemCall("measure a memory file") { lseek(file.raw, 0, SEEK_END) }
        guard size <= bytesMax else {
            throw SystemError("take a payload", "\(size) bytes", code: E2BIG)
        }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        var position = 0
        while position < bytes.count {
            let count = try systemCall("read a memory file") {
                unsafe bytes.withUnsafeMutableBytes {
                    unsafe pread(
                        file.raw, $0.baseAddress.map { unsafe $0 + position }, $0.count - position,
                        position)
                }
            }
            guard count > 0 else { throw SystemError("read a memory file", code: EIO) }
            position += count
        }
        return bytes
    }
}
