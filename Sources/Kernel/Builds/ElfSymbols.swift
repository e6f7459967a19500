/// The symbols that a library offers to others.
package struct ElfSymbols: Sendable, Hashable {
    package let names: [String]
    /// Of them, those that the system binds to the first definition in the whole process
    /// (STB_GNU_UNIQUE): a second build of the module would use the first one's data.
    package let unique: [String]

    private static let symbolBytes = 24
    private static let symbolsMax = 1 << 20
    private static let dynamicSymbols: UInt64 = 11
    private static let sectionBytes = 64

    private enum Binding {
        static let global: UInt8 = 1
        static let weak: UInt8 = 2
        static let unique: UInt8 = 10
    }

    /// Reads them from the section of dynamic symbols.
    package init(readingFrom bytes: [UInt8]) throws(ElfFile.Problem) {
        let reader = try ElfReader(bytes)
        let table = Int(clamping: try reader.number(40, 8))
        let count = Int(try reader.number(60, 2))
        var section: Int?
        for index in 0..<count {
            let start = try Self.offset(table, index, Self.sectionBytes, reader)
            if try reader.number(start + 4, 4) == Self.dynamicSymbols { section = start }
        }
        guard let section else {
            throw ElfFile.Problem("it has no section of dynamic symbols: do not strip sections off")
        }
        let link = Int(try reader.number(section + 40, 4))
        guard link < count else { throw ElfFile.Problem("its symbols have no names") }
        let nameSection = try Self.offset(table, link, Self.sectionBytes, reader)
        let names = Int(clamping: try reader.number(nameSection + 24, 8))
        let symbols = Int(clamping: try reader.number(section + 24, 8))
        let size = Int(clamping: try reader.number(section + 32, 8))
        var found: [String] = []
        var unique: [String] = []
        for index in 0..<min(size / Self.symbolBytes, Self.symbolsMax) {
            let start = try Self.offset(symbols, index, Self.symbolBytes, reader)
            let binding = UInt8(try reader.number(start + 4, 1)) >> 4
            // 0: it is wanted from another library. Of the visibilities, 1 and 2 are local.
            let isOffered = try reader.number(start + 6, 2) != 0
            let visibility = try reader.number(start + 5, 1) & 3
            guard isOffered, visibility == 0 || visibility == 3,
                [Binding.global, Binding.weak, Binding.unique].contains(binding)
            else { continue }
            let name = try Self.name(names, Int(try reader.number(start, 4)), reader)
            found.append(name)
            if binding == Binding.unique { unique.append(name) }
        }
        self.names = found.sorted()
        self.unique = unique.sorted()
    }

    private static func offset(
        _ table: Int, _ index: Int, _ width: Int, _ reader: ElfReader
    ) throws(ElfFile.Problem) -> Int {
        let (start, overflows) = table.addingReportingOverflow(index * width)
        guard !overflows, start <= Int.max - width else { throw reader.cutShort(Int.max) }
        return start
    }

    private static func name(
        _ table: Int, _ offset: Int, _ reader: ElfReader
    ) throws(ElfFile.Problem) -> String {
        let (start, overflows) = table.addingReportingOverflow(offset)
        guard !overflows, start >= 0, start < reader.count else {
            throw reader.cutShort(Int.max)
        }
        return try reader.text(start)
    }
}
