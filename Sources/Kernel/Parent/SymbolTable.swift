import KernelSystem

/// The functions of an ELF file, by place. What is damaged in the file is just not found.
struct SymbolTable: ~Copyable {
    private let file: MappedFile
    private let segments: [Segment]
    /// That of all symbols, if it was not stripped off; then that of those for others.
    private let tables: [Table]

    private struct Segment {
        let fileOffset: UInt64
        let address: UInt64
        let fileBytes: UInt64
    }

    private struct Table {
        let start: Int
        let count: Int
        let names: Int
    }

    private static let sectionBytes = 64
    private static let segmentBytes = 56
    private static let symbolBytes = 24
    private static let symbolsMax = 4 << 20
    private static let nameBytesMax = 2_048

    init?(_ path: String) {
        guard let file = try? MappedFile(path), file.number(0, 4) == 0x464C_457F,
            file.number(4, 1) == 2
        else { return nil }
        segments = Self.segments(file)
        tables = Self.tables(file)
        self.file = file
    }

    /// The readable name of the function around a place in the file.
    func name(ofFileOffset offset: UInt64) -> String? {
        guard
            let segment = segments.first(where: {
                offset >= $0.fileOffset && offset - $0.fileOffset < $0.fileBytes
            })
        else { return nil }
        let address = offset - segment.fileOffset + segment.address
        for table in tables {
            if let name = name(of: address, in: table) { return SymbolName.readable(name) }
        }
        return nil
    }

    private func name(of address: UInt64, in table: Table) -> String? {
        var best: (value: UInt64, name: Int)?
        for index in 0..<table.count {
            let start = table.start + index * Self.symbolBytes
            // Functions that are here: STT_FUNC in a section.
            guard let kind = file.number(start + 4, 1), kind & 15 == 2,
                file.number(start + 6, 2) != 0, let value = file.number(start + 8, 8),
                value <= address, value >= best?.value ?? 0,
                let size = file.number(start + 16, 8), size == 0 || address - value < size,
                let name = file.number(start, 4)
            else { continue }
            best = (value, Int(name))
        }
        return best.flatMap { file.text(table.names + $0.name, bytesMax: Self.nameBytesMax) }
    }

    private static func segments(_ file: borrowing MappedFile) -> [Segment] {
        guard let table = file.number(32, 8), let count = file.number(56, 2) else { return [] }
        var segments: [Segment] = []
        for index in 0..<Int(count) {
            guard let start = place(table, index, segmentBytes), file.number(start, 4) == 1,
                let fileOffset = file.number(start + 8, 8),
                let address = file.number(start + 16, 8),
                let fileBytes = file.number(start + 32, 8)
            else { continue }
            segments.append(
                Segment(fileOffset: fileOffset, address: address, fileBytes: fileBytes))
        }
        return segments
    }

    private static func tables(_ file: borrowing MappedFile) -> [Table] {
        guard let sections = file.number(40, 8), let count = file.number(60, 2) else { return [] }
        var tables: [(kind: UInt64, table: Table)] = []
        for index in 0..<Int(count) {
            guard let section = place(sections, index, sectionBytes),
                let kind = file.number(section + 4, 4), kind == 2 || kind == 11,
                let start = file.number(section + 24, 8), let size = file.number(section + 32, 8),
                let link = file.number(section + 40, 4),
                let nameSection = place(sections, Int(link), sectionBytes),
                let names = file.number(nameSection + 24, 8), start <= UInt64(file.count),
                names <= UInt64(file.count)
            else { continue }
            let symbols = min(Int(clamping: size) / symbolBytes, symbolsMax)
            tables.append((kind, Table(start: Int(start), count: symbols, names: Int(names))))
        }
        return tables.sorted { $0.kind < $1.kind }.map(\.table)
    }

    private static func place(_ table: UInt64, _ index: Int, _ width: Int) -> Int? {
        let (place, overflows) = Int(clamping: table).addingReportingOverflow(index * width)
        return overflows || place > Int.max - width ? nil : place
    }
}
