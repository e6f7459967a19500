import KernelSystem

/// A Python package as it is fetched: a ZIP archive, whose files are unpacked. It was compared with
/// a hash before; what is wrong with it all the same is told.
final class Wheel {
    private let file: FileDescriptor
    private let bytes: Int
    private let path: String

    struct Failure: Error, Sendable, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    private struct Entry {
        let name: String
        let method: UInt16
        let packedBytes: Int
        let bytes: Int
        let position: Int
    }

    private static let directoryBytesMax = 16 << 20
    private static let stored: UInt16 = 0
    private static let deflated: UInt16 = 8

    init(_ path: String) throws(SystemError) {
        file = try FileDescriptor.open(path, .read)
        bytes = Int(clamping: try Files.status(of: file).bytes)
        self.path = path
    }

    func unpack(to folder: String) throws {
        for entry in try entries() where !entry.name.hasSuffix("/") {
            let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }),
                !entry.name.utf8.contains(0)
            else { throw damaged("it names a file \(entry.name)") }
            let target = Path.join(folder, entry.name)
            try Files.makeDirectories(Path.directory(of: target))
            try unpack(entry, to: Target(target, bytesMax: entry.bytes))
        }
    }

    /// A file that is unpacked.
    private final class Target {
        private let file: FileDescriptor
        private let bytesMax: Int
        private(set) var bytes = 0

        init(_ path: String, bytesMax: Int) throws(SystemError) {
            file = try FileDescriptor.open(path, .write, creating: .always())
            self.bytesMax = bytesMax
        }

        func add(_ piece: ArraySlice<UInt8>) throws(SystemError) {
            bytes += piece.count
            if bytes <= bytesMax { try file.write(piece) }
        }
    }

    private func unpack(_ entry: Entry, to target: Target) throws {
        let head = try read(at: entry.position, count: Self.headBytes)
        guard head[0] == 0x0403_4B50 as UInt32 else {
            throw damaged("\(entry.name) is not where it is to be")
        }
        let names = Int(head[26] as UInt16) + Int(head[28] as UInt16)
        let start = entry.position + Self.headBytes + names
        let inflater = entry.method == Self.deflated ? try Inflater() : nil
        guard inflater != nil || entry.method == Self.stored else {
            throw damaged("\(entry.name) is packed in a way that is not known")
        }
        var position = start
        let end = start + entry.packedBytes
        guard end <= bytes else { throw damaged("it ends early") }
        while position < end {
            let part = try read(at: position, count: min(Self.partBytes, end - position)).bytes
            position += part.count
            if let inflater {
                do {
                    try inflater.add(part[...]) { piece throws(SystemError) in
                        try target.add(piece)
                    }
                } catch let failure as Inflater.Failure {
                    throw damaged("\(entry.name): \(failure)")
                }
            } else {
                try target.add(part[...])
            }
        }
        guard target.bytes == entry.bytes, inflater?.isAtEnd != false else {
            throw damaged("\(entry.name) has another size than it is to have")
        }
    }

    private static let headBytes = 30
    private static let partBytes = 256 << 10

    // MARK: The directory at its end

    private func entries() throws -> [Entry] {
        let tailBytes = min(bytes, Self.tailBytesMax)
        let tail = try read(at: bytes - tailBytes, count: tailBytes)
        let last = (0...max(0, tail.bytes.count - Self.endBytes)).reversed().first { place in
            tail.bytes.count >= place + Self.endBytes && tail[place] == 0x0605_4B50 as UInt32
        }
        guard let last else { throw damaged("it is no archive") }
        let count = Int(tail[last + 10] as UInt16)
        let (size, start) = (Int(tail[last + 12] as UInt32), Int(tail[last + 16] as UInt32))
        guard size <= Self.directoryBytesMax, start + size <= bytes else {
            throw damaged("its directory is not in it")
        }
        let directory = try read(at: start, count: size)
        var position = 0
        return try (0..<count).map { _ in try entry(directory, &position) }
    }

    private static let endBytes = 22
    private static let tailBytesMax = endBytes + 65_535
    private static let entryBytes = 46

    private func entry(_ directory: Bytes, _ position: inout Int) throws -> Entry {
        guard position + Self.entryBytes <= directory.bytes.count,
            directory[position] == 0x0201_4B50 as UInt32
        else { throw damaged("its directory is damaged") }
        let nameBytes = Int(directory[position + 28] as UInt16)
        let next =
            position + Self.entryBytes + nameBytes + Int(directory[position + 30] as UInt16)
            + Int(directory[position + 32] as UInt16)
        guard next <= directory.bytes.count else { throw damaged("its directory is damaged") }
        let name = directory.bytes[(position + Self.entryBytes)...].prefix(nameBytes)
        defer { position = next }
        return Entry(
            name: String(decoding: name, as: UTF8.self), method: directory[position + 10],
            packedBytes: Int(directory[position + 20] as UInt32),
            bytes: Int(directory[position + 24] as UInt32),
            position: Int(directory[position + 42] as UInt32))
    }

    /// Little-endian numbers at their places.
    private struct Bytes {
        let bytes: [UInt8]

        subscript<Number: FixedWidthInteger>(place: Int) -> Number {
            (0..<MemoryLayout<Number>.size).reduce(0) { number, index in
                number | Number(bytes[place + index]) << (8 * index)
            }
        }
    }

    private func read(at position: Int, count: Int) throws -> Bytes {
        var whole: [UInt8] = []
        whole.reserveCapacity(count)
        while whole.count < count {
            var part = [UInt8](repeating: 0, count: count - whole.count)
            guard case .bytes(let read) = try file.read(into: &part, at: position + whole.count)
            else { throw damaged("it ends early") }
            whole += part[..<read]
        }
        return Bytes(bytes: whole)
    }

    private func damaged(_ how: String) -> Failure {
        Failure("\(Path.name(of: path)) cannot be unpacked: \(how)")
    }
}
