import Glibc

/// The names in a folder, one after the other, in the order of the disk.
struct FolderReader: ~Copyable {
    private let stream: OpaquePointer

    struct Entry {
        let name: [UInt8]
        /// Nil where this disk does not say.
        let kind: FileStatus.Kind?
    }

    init(_ folder: consuming Descriptor) throws(SystemError) {
        let number = dup(folder.number)
        if number < 0 { throw SystemError(number: errno) }
        guard let stream = fdopendir(number) else {
            let failure = SystemError(number: errno)
            Door.close(number)
            throw failure
        }
        self.stream = stream
    }

    deinit {
        closedir(stream)
    }

    /// The next name, without "." and ".."; nil at the end.
    func next() throws(SystemError) -> Entry? {
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                let number = errno
                if number != 0 { throw SystemError(number: number) }
                return nil
            }
            let name = Self.name(of: entry)
            if name == [0x2E] || name == [0x2E, 0x2E] { continue }
            return Entry(name: name, kind: FileStatus.Kind(entryType: entry.pointee.d_type))
        }
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        // Read through the pointer: the name may be longer than the array that is declared.
        let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
        let start = UnsafeRawPointer(entry) + offset
        let count = strlen(start.assumingMemoryBound(to: CChar.self))
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
