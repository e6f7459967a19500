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

    /// An empty memory file that several processes map. Pages that nobody writes to cost nothing.
    package static func file(name: String, bytes: Int) throws(SystemError) -> FileDescriptor {
        let raw = try systemCall("create a memory file") { unsafe linux_memfd_create(name) }
        let file = FileDescriptor(owning: raw)
        try systemCall("size a memory file") { ftruncate(file.raw, bytes) }
        return file
    }

    /// Maps a memory file of exactly that size, until `unmap`.
    @unsafe package static func map(
        _ file: borrowing FileDescriptor, bytes: Int
    ) throws(SystemError) -> UnsafeMutableRawPointer {
        guard try Files.status(of: file).bytes == Int64(bytes) else {
            throw SystemError("map a memory file", code: EINVAL)
        }
        let start = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.raw, 0)
        guard let start = unsafe start, unsafe start != MAP_FAILED else {
            throw SystemError("map a memory file", code: errno)
        }
        return unsafe start
    }

    @unsafe package static func unmap(_ start: UnsafeMutableRawPointer, bytes: Int) {
        unsafe munmap(start, bytes)
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
