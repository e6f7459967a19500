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

    /// The readable names of the functions around places in the file, by place. Each table is gone
    /// through once, since a debug build's has hundreds of thousands of entries.
    func names(ofFileOffsets offsets: [UInt64]) -> [UInt64: String] {
        var names: [UInt64: String] = [:]
        for table in tables {
            let wanted = offsets.filter { names[$0] == nil }
                .compactMap { offset in address(of: offset).map { (address: $0, offset: offset) } }
                .sorted { $0.address < $1.address }
            guard !wanted.isEmpty else { break }
            let found = functions(around: wanted.map(\.address), in: table)
            for (place, function) in zip(wanted, found) {
                guard let function,
                    let name = file.text(
                        table.names + function.name, bytesMax: Self.nameBytesMax)
                else { continue }
                names[place.offset] = SymbolName.readable(name)
            }
        }
        return names
    }

    private func address(of offset: UInt64) -> UInt64? {
        segments.first { offset >= $0.fileOffset && offset - $0.fileOffset < $0.fileBytes }
            .map { offset - $0.fileOffset + $0.address }
    }

    private struct Function {
        let start: UInt64
        let name: Int
    }

    /// For each of the addresses, which are sorted, the nearest function that reaches over it.
    private func functions(around addresses: [UInt64], in table: Table) -> [Function?] {
        var found: [Function?] = Array(repeating: nil, count: addresses.count)
        guard let last = addresses.last else { return found }
        for index in 0..<table.count {
            let place = table.start + index * Self.symbolBytes
            guard let value = file.number64(place + 8), value <= last,
                // Functions that are here: STT_FUNC in a section.
                let kind = file.number(place + 4, 1), kind & 15 == 2,
                file.number(place + 6, 2) != 0, let size = file.number64(place + 16),
                let name = file.number(place, 4)
            else { continue }
            let function = Function(start: value, name: Int(name))
            for match in addresses.indices.reversed() {
                guard addresses[match] >= value else { break }
                let isInside = size == 0 || addresses[match] - value < size
                if isInside && value >= found[match]?.start ?? 0 { found[match] = function }
            }
        }
        return found
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
