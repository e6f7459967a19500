/// Reads the structures of an ELF file, each read within its bounds.
package struct ElfReader {
    private let contents: ElfContents

    /// The size of the file.
    package var count: Int { contents.count }

    package enum Tag {
        package static let needed: UInt64 = 1
        package static let stringTable: UInt64 = 5
        package static let oldRunPath: UInt64 = 15
        package static let runPath: UInt64 = 29
        package static let flags: UInt64 = 30
        package static let flags1: UInt64 = 0x6fff_fffb
    }

    package struct Segment {
        package let type: UInt32
        package let flags: UInt32
        package let fileOffset: UInt64
        package let address: UInt64
        package let fileBytes: UInt64
        package let memoryBytes: UInt64

        package var isLoaded: Bool { type == 1 }
        package var isDynamic: Bool { type == 2 }
        package var isWritable: Bool { flags & 2 != 0 }
        /// Bounded, so that a sum over all segments of a damaged file is still a number.
        package var memoryPages: Int { Int(min(memoryBytes, 1 << 40) + 4_095) / 4_096 }
    }

    package struct DynamicEntry {
        package let tag: UInt64
        package let value: UInt64
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

    package init(_ bytes: [UInt8]) throws(ElfProblem) {
        try self.init(ElfContents(bytes))
    }

    package init(_ contents: ElfContents) throws(ElfProblem) {
        self.contents = contents
        guard count > 0 else { throw ElfProblem("the file is empty") }
        guard count >= 4, try number(0, 4) == Self.magic else {
            throw ElfProblem("it is not an ELF file, so not a shared library")
        }
        guard count >= Self.headBytes else {
            throw ElfProblem("it is cut short: it has \(count) bytes, not even a header")
        }
        guard try number(4, 2) == Self.littleEndianOf64Bits else {
            throw ElfProblem("it is not a 64-bit little-endian library")
        }
        let type = Int(try number(16, 2))
        guard type == 3 else {
            throw ElfProblem(
                type == 1
                    ? "it is an object file: link it with -shared"
                    : "it is a program, not a shared library")
        }
        let machine = Int(try number(18, 2))
        guard machine == Self.machine else {
            throw ElfProblem(
                "it was built for another processor (machine \(machine)); "
                    + "this one is \(Self.machineName)")
        }
    }

    /// A little-endian number of `width` bytes.
    package func number(_ offset: Int, _ width: Int) throws(ElfProblem) -> UInt64 {
        guard offset >= 0, offset <= count - width else {
            throw cutShort(offset.addingReportingOverflow(width).overflow ? .max : offset + width)
        }
        return try contents.number(offset, width)
    }

    /// The text that begins here.
    package func text(_ offset: Int) throws(ElfProblem) -> String {
        try contents.text(offset)
    }

    package func cutShort(_ needed: Int) -> ElfProblem {
        ElfProblem(
            "it is cut short: it has \(count) bytes, and needs at least \(needed)")
    }

    package func segments() throws(ElfProblem) -> [Segment] {
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
    package func checkExtents(_ segments: [Segment]) throws(ElfProblem) {
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
    package func mappedBytes(_ segments: [Segment]) -> Int {
        let ends = segments.filter(\.isLoaded).map { $0.fileOffset &+ $0.fileBytes }
        return min(Int(clamping: ends.max() ?? 0), count)
    }

    package func dynamicEntries(_ segments: [Segment]) throws(ElfProblem) -> [DynamicEntry] {
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
    package func names(
        _ dynamic: [DynamicEntry], _ segments: [Segment]
    ) throws(ElfProblem) -> [(tag: UInt64, text: String)] {
        let wanted = dynamic.filter {
            [Tag.needed, Tag.oldRunPath, Tag.runPath].contains($0.tag)
        }
        guard !wanted.isEmpty else { return [] }
        guard let address = dynamic.first(where: { $0.tag == Tag.stringTable })?.value,
            let segment = segments.first(where: {
                $0.isLoaded && address >= $0.address && address - $0.address < $0.fileBytes
            })
        else { throw ElfProblem("its dynamic section names no string table") }
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

// MARK: - Symbols

extension ElfReader {
    /// A section of symbols.
    package struct SymbolSection {
        package let isDynamic: Bool
        /// Where its first symbol and the texts of its names are, and how many symbols it has.
        package let start: Int
        package let names: Int
        package let count: Int
    }

    package struct Symbol {
        package let name: Int
        package let kind: UInt8
        package let binding: UInt8
        package let visibility: UInt8
        /// False: it is wanted from another library.
        package let isDefined: Bool
        package let address: UInt64
        package let bytes: UInt64
    }

    private static let sectionBytes = 64
    private static let symbolBytes = 24
    private static let symbolsMax = 4 << 20
    private static let allSymbols: UInt64 = 2
    private static let dynamicSymbols: UInt64 = 11

    package func symbolSections() throws(ElfProblem) -> [SymbolSection] {
        let table = Int(clamping: try number(40, 8))
        let count = Int(try number(60, 2))
        var sections: [SymbolSection] = []
        for index in 0..<count {
            let start = try place(table, index, Self.sectionBytes)
            let kind = try number(start + 4, 4)
            guard kind == Self.allSymbols || kind == Self.dynamicSymbols else { continue }
            let link = Int(try number(start + 40, 4))
            guard link < count else { throw ElfProblem("its symbols have no names") }
            let nameSection = try place(table, link, Self.sectionBytes)
            let size = Int(clamping: try number(start + 32, 8))
            sections.append(
                SymbolSection(
                    isDynamic: kind == Self.dynamicSymbols,
                    start: Int(clamping: try number(start + 24, 8)),
                    names: Int(clamping: try number(nameSection + 24, 8)),
                    count: min(size / Self.symbolBytes, Self.symbolsMax)))
        }
        return sections
    }

    package func symbol(
        _ index: Int, of section: SymbolSection
    ) throws(ElfProblem) -> Symbol {
        let start = try place(section.start, index, Self.symbolBytes)
        // Name, then kind and binding, visibility, and the section that it is in.
        let head = try number(start, 8)
        return Symbol(
            name: Int(truncatingIfNeeded: head & 0xFFFF_FFFF), kind: UInt8(head >> 32 & 15),
            binding: UInt8(head >> 36 & 15), visibility: UInt8(head >> 40 & 3),
            isDefined: head >> 48 != 0, address: try number(start + 8, 8),
            bytes: try number(start + 16, 8))
    }

    package func name(
        of symbol: Symbol, in section: SymbolSection
    ) throws(ElfProblem) -> String {
        let (start, overflows) = section.names.addingReportingOverflow(symbol.name)
        guard !overflows, start < count else { throw cutShort(Int.max) }
        return try text(start)
    }

    private func place(_ table: Int, _ index: Int, _ width: Int) throws(ElfProblem) -> Int {
        let (start, overflows) = table.addingReportingOverflow(index * width)
        guard !overflows, start <= Int.max - width else { throw cutShort(Int.max) }
        return start
    }
}
