/// What must be known of a shared library before the loader may be trusted with it: a library
/// that is cut short kills the process that opens it with SIGBUS, and one that needs a private
/// library gets whatever was loaded under that name before.
package struct ElfFile: Sendable, Hashable {
    package let needed: [String]
    /// DT_RPATH and DT_RUNPATH, split at the colons.
    package let searchPaths: [String]
    /// The bytes of memory that every mapped copy keeps for itself, rounded up to pages.
    package let writableBytes: Int
    /// Up to here the file is mapped; behind it lies what only debuggers read.
    let mappedBytes: Int

    /// Why a file is not a module that could be mapped here.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}

extension ElfFile {
    package init(checking bytes: [UInt8]) throws(Problem) {
        try self.init(checking: ElfReader(bytes))
    }

    init(checking reader: ElfReader) throws(Problem) {
        let segments = try reader.segments()
        try reader.checkExtents(segments)
        let dynamic = try reader.dynamicEntries(segments)
        guard !dynamic.isEmpty else {
            throw Problem("it has no dynamic section: it is not a shared library")
        }
        // DF_STATIC_TLS: initial-exec thread-local storage comes out of a small reserve of the
        // process, and is never given back: about the 27th reload would fail.
        let flags = dynamic.filter { $0.tag == ElfReader.Tag.flags }.map(\.value).first ?? 0
        guard flags & 0x10 == 0 else {
            throw Problem(
                "it uses initial-exec thread-local storage, which runs out after a few reloads: "
                    + "compile it with -ftls-model=global-dynamic")
        }
        // DF_1_PIE: a program that may be mapped anywhere looks like a library otherwise.
        let moreFlags = dynamic.filter { $0.tag == ElfReader.Tag.flags1 }.map(\.value).first ?? 0
        guard moreFlags & 0x0800_0000 == 0 else {
            throw Problem("it is a program, not a shared library")
        }
        let names = try reader.names(dynamic, segments)
        needed = names.filter { $0.tag == ElfReader.Tag.needed }.map(\.text)
        searchPaths =
            names
            .filter { $0.tag == ElfReader.Tag.runPath || $0.tag == ElfReader.Tag.oldRunPath }
            .flatMap { $0.text.split(separator: ":").map(String.init) }
        writableBytes =
            segments
            .filter { $0.isLoaded && $0.isWritable }
            .reduce(0) { $0 + $1.memoryPages * 4_096 }
        mappedBytes = reader.mappedBytes(segments)
    }
}

/// Reads the structures of an ELF file, each read within its bounds.
struct ElfReader {
    private let contents: ElfContents

    /// The size of the file.
    var count: Int { contents.count }

    enum Tag {
        static let needed: UInt64 = 1
        static let stringTable: UInt64 = 5
        static let oldRunPath: UInt64 = 15
        static let runPath: UInt64 = 29
        static let flags: UInt64 = 30
        static let flags1: UInt64 = 0x6fff_fffb
    }

    struct Segment {
        let type: UInt32
        let flags: UInt32
        let fileOffset: UInt64
        let address: UInt64
        let fileBytes: UInt64
        let memoryBytes: UInt64

        var isLoaded: Bool { type == 1 }
        var isDynamic: Bool { type == 2 }
        var isWritable: Bool { flags & 2 != 0 }
        /// Bounded, so that a sum over all segments of a damaged file is still a number.
        var memoryPages: Int { Int(min(memoryBytes, 1 << 40) + 4_095) / 4_096 }
    }

    struct DynamicEntry {
        let tag: UInt64
        let value: UInt64
    }

    private static let headBytes = 64
    private static let segmentBytes = 56
    private static let magic: UInt64 = 0x464C_457F
    private static let littleEndianOf64Bits: UInt64 = 0x0102

    #if arch(x86_64)
    private static let machine = 62
    private static let machineName = "x86-64"
    #elseif arch(arm64)
    private static let machine = 183
    private static let machineName = "AArch64"
    #endif

    init(_ bytes: [UInt8]) throws(ElfFile.Problem) {
        try self.init(ElfContents(bytes))
    }

    init(_ contents: ElfContents) throws(ElfFile.Problem) {
        self.contents = contents
        guard count > 0 else { throw ElfFile.Problem("the file is empty") }
        guard count >= 4, try number(0, 4) == Self.magic else {
            throw ElfFile.Problem("it is not an ELF file, so not a shared library")
        }
        guard count >= Self.headBytes else {
            throw ElfFile.Problem("it is cut short: it has \(count) bytes, not even a header")
        }
        guard try number(4, 2) == Self.littleEndianOf64Bits else {
            throw ElfFile.Problem("it is not a 64-bit little-endian library")
        }
        let type = Int(try number(16, 2))
        guard type == 3 else {
            throw ElfFile.Problem(
                type == 1
                    ? "it is an object file: link it with -shared"
                    : "it is a program, not a shared library")
        }
        let machine = Int(try number(18, 2))
        guard machine == Self.machine else {
            throw ElfFile.Problem(
                "it was built for another processor (machine \(machine)); "
                    + "this one is \(Self.machineName)")
        }
    }

    /// A little-endian number of `width` bytes.
    func number(_ offset: Int, _ width: Int) throws(ElfFile.Problem) -> UInt64 {
        guard offset >= 0, offset <= count - width else {
            throw cutShort(offset.addingReportingOverflow(width).overflow ? .max : offset + width)
        }
        return try contents.number(offset, width)
    }

    /// The text that begins here.
    func text(_ offset: Int) throws(ElfFile.Problem) -> String {
        try contents.text(offset)
    }

    func cutShort(_ needed: Int) -> ElfFile.Problem {
        ElfFile.Problem(
            "it is cut short: it has \(count) bytes, and needs at least \(needed)")
    }

    func segments() throws(ElfFile.Problem) -> [Segment] {
        let table = Int(clamping: try number(32, 8))
        let count = Int(try number(56, 2))
        var segments: [Segment] = []
        for index in 0..<count {
            let (start, overflows) = table.addingReportingOverflow(index * Self.segmentBytes)
            guard !overflows else { throw cutShort(Int.max) }
            guard start < self.count else { throw cutShort(start) }
            segments.append(
                Segment(
                    type: UInt32(try number(start, 4)), flags: UInt32(try number(start + 4, 4)),
                    fileOffset: try number(start + 8, 8), address: try number(start + 16, 8),
                    fileBytes: try number(start + 32, 8),
                    memoryBytes: try number(start + 40, 8)))
        }
        return segments
    }

    /// Every loaded segment and the section table must lie within the file. The section table
    /// comes last in what linkers write, so that it tells a file that is still being written.
    func checkExtents(_ segments: [Segment]) throws(ElfFile.Problem) {
        for segment in segments where segment.isLoaded {
            let (end, overflows) = segment.fileOffset.addingReportingOverflow(segment.fileBytes)
            guard !overflows, end <= UInt64(count) else { throw cutShort(Int(clamping: end)) }
        }
        let table = try number(40, 8)
        let size = try number(58, 2) * (try number(60, 2))
        let (end, overflows) = table.addingReportingOverflow(size)
        guard !overflows, end <= UInt64(count) else { throw cutShort(Int(clamping: end)) }
    }

    /// The end of what is mapped. The file has it if `checkExtents` says so.
    func mappedBytes(_ segments: [Segment]) -> Int {
        let ends = segments.filter(\.isLoaded).map { $0.fileOffset &+ $0.fileBytes }
        return min(Int(clamping: ends.max() ?? 0), count)
    }

    func dynamicEntries(_ segments: [Segment]) throws(ElfFile.Problem) -> [DynamicEntry] {
        guard let dynamic = segments.first(where: \.isDynamic) else { return [] }
        var entries: [DynamicEntry] = []
        let start = Int(clamping: dynamic.fileOffset)
        for index in 0..<Int(clamping: dynamic.fileBytes / 16) {
            let (offset, overflows) = start.addingReportingOverflow(index * 16)
            guard !overflows, offset < count else { throw cutShort(offset) }
            let entry = DynamicEntry(tag: try number(offset, 8), value: try number(offset + 8, 8))
            if entry.tag == 0 { break }
            entries.append(entry)
        }
        return entries
    }

    /// The entries that are names, looked up in the string table.
    func names(
        _ dynamic: [DynamicEntry], _ segments: [Segment]
    ) throws(ElfFile.Problem) -> [(tag: UInt64, text: String)] {
        let wanted = dynamic.filter {
            [Tag.needed, Tag.oldRunPath, Tag.runPath].contains($0.tag)
        }
        guard !wanted.isEmpty else { return [] }
        guard let address = dynamic.first(where: { $0.tag == Tag.stringTable })?.value,
            let segment = segments.first(where: {
                $0.isLoaded && address >= $0.address && address - $0.address < $0.fileBytes
            })
        else { throw ElfFile.Problem("its dynamic section names no string table") }
        let table = address - segment.address + segment.fileOffset
        var names: [(tag: UInt64, text: String)] = []
        for entry in wanted {
            let (start, overflows) = table.addingReportingOverflow(entry.value)
            guard !overflows, start < UInt64(count) else { throw cutShort(Int.max) }
            names.append((entry.tag, try text(Int(start))))
        }
        return names
    }
}
