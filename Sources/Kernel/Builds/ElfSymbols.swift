import KernelBase

/// The symbols that a library offers to others.
package struct ElfSymbols: Sendable, Hashable {
    package let names: [String]
    /// Of them, those that the system binds to the first definition in the whole process
    /// (STB_GNU_UNIQUE): a second build of the module would use the first one's data.
    package let unique: [String]

    private enum Binding {
        static let global: UInt8 = 1
        static let weak: UInt8 = 2
        static let unique: UInt8 = 10
    }

    /// Reads them from the section of dynamic symbols.
    package init(readingFrom bytes: [UInt8]) throws(ElfFile.Problem) {
        let reader = try ElfReader(bytes)
        guard let section = try reader.symbolSections().last(where: \.isDynamic) else {
            throw ElfFile.Problem("it has no section of dynamic symbols: do not strip sections off")
        }
        var found: [String] = []
        var unique: [String] = []
        for index in 0..<section.count {
            let symbol = try reader.symbol(index, of: section)
            // Of the visibilities, 1 and 2 are local.
            guard symbol.isDefined, symbol.visibility == 0 || symbol.visibility == 3,
                [Binding.global, Binding.weak, Binding.unique].contains(symbol.binding)
            else { continue }
            let name = try reader.name(of: symbol, in: section)
            found.append(name)
            if symbol.binding == Binding.unique { unique.append(name) }
        }
        self.names = found.sorted()
        self.unique = unique.sorted()
    }
}
