import Glibc

/// A file's bytes without a copy of them, for a look at a few places of a large one. Whoever cuts
/// the file short meanwhile ends this process: only for files that are replaced, not written.
@safe package struct MappedFile: ~Copyable {
    private let start: UnsafeRawPointer
    package let count: Int

    package init(_ path: String) throws(SystemError) {
        let file = try FileDescriptor.open(path, .read)
        let bytes = Int(clamping: try Files.status(of: file).bytes)
        guard bytes > 0 else { throw SystemError("map", path, code: ENODATA) }
        let memory = unsafe mmap(nil, bytes, PROT_READ, MAP_PRIVATE, file.raw, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            throw SystemError("map", path, code: errno)
        }
        unsafe start = UnsafeRawPointer(memory)
        count = bytes
    }

    deinit {
        unsafe munmap(UnsafeMutableRawPointer(mutating: start), count)
    }

    /// A little-endian number of `width` bytes, up to 8; nil beyond the end.
    package func number(_ offset: Int, _ width: Int) -> UInt64? {
        guard offset >= 0, offset <= count - width else { return nil }
        var value: UInt64 = 0
        for index in 0..<width {
            let byte = unsafe start.load(fromByteOffset: offset + index, as: UInt8.self)
            value |= UInt64(byte) << UInt64(8 * index)
        }
        return value
    }

    /// As `number` of eight bytes, of which there are many.
    package func number64(_ offset: Int) -> UInt64? {
        guard offset >= 0, offset <= count - 8 else { return nil }
        return unsafe UInt64(
            littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The text that ends with a zero byte; nil beyond the end.
    package func text(_ offset: Int, bytesMax: Int) -> String? {
        guard offset >= 0, offset < count else { return nil }
        let rest = unsafe UnsafeRawBufferPointer(
            start: start + offset, count: min(count - offset, bytesMax))
        return unsafe String(decoding: rest.prefix { $0 != 0 }, as: UTF8.self)
    }
}
