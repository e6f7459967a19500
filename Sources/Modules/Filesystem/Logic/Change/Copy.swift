/// Copies the whole content of one open file to another: by sharing blocks where the disk can, by
/// a copy inside the system where it can, else by reading and writing.
enum Copy {
    static func run(
        from source: borrowing Descriptor, to target: borrowing Descriptor
    ) throws(SystemError) {
        if Door.clone(source, to: target) { return }
        try Door.seek(source, to: 0)
        do {
            while try Door.copyRange(source, to: target, count: 1 << 30) > 0 {}
            // Some systems copy nothing of files that have no size, and say that all went well.
        } catch {
            guard Door.copyIsImpossible.contains(error.number) else { throw error }
        }
        try copyRest(from: source, to: target)
    }

    private static func copyRest(
        from source: borrowing Descriptor, to target: borrowing Descriptor
    ) throws(SystemError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 262_144, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try Door.read(source, into: buffer)
            if count == 0 { return }
            try Door.write(target, Array(buffer[..<count]))
        }
    }
}
