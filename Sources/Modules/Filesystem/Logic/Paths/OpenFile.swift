/// An ordinary file, open for reading.
struct OpenFile: ~Copyable {
    let path: RawPath
    let descriptor: Descriptor
    /// As of the moment when it was opened.
    let status: FileStatus

    /// Fills `buffer` as far as the file goes on; returns the number of bytes, 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(Fault) -> Int {
        try during("be read", path, Door.read(descriptor, into: buffer))
    }

    func seek(to offset: Int) throws(Fault) {
        try during("be read", path, Door.seek(descriptor, to: offset))
    }

    /// Up to `count` bytes from where the file stands.
    func bytes(count: Int) throws(Fault) -> [UInt8] {
        var result: [UInt8] = []
        let piece = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(count, 262_144), alignment: 16)
        defer { piece.deallocate() }
        while result.count < count {
            let wanted = min(piece.count, count - result.count)
            let read = try read(into: UnsafeMutableRawBufferPointer(rebasing: piece[..<wanted]))
            if read == 0 { break }
            result += piece[..<read]
        }
        return result
    }

    /// The whole file, if it has at most `limit` bytes.
    func all(limit: Int) throws(Fault) -> [UInt8] {
        let bytes = try bytes(count: limit + 1)
        if bytes.count > limit {
            throw Fault(
                .limit,
                "\(path) has \(ByteCount(status.size)); this works up to \(ByteCount(limit)).")
        }
        return bytes
    }
}
