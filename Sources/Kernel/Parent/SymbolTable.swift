import KernelBase
import KernelSystem

/// The functions of an ELF file, by place. What is damaged in the file is just not found, and who
/// replaces or cuts the file meanwhile does no harm.
struct SymbolTable {
    private let file: FileDescriptorBox
    private let reader: ElfReader
    private let segments: [ElfReader.Segment]
    /// That of all symbols, if it was not stripped off; then that of those for others.
    private let sections: [ElfReader.SymbolSection]

    private static let windowBytes = 256 << 10
    private static let function: UInt8 = 2
    /// Characters that a report keeps of a name.
    private static let nameMax = 2_048

    /// Stays open as long as somebody reads from it.
    private final class FileDescriptorBox {
        let descriptor: FileDescriptor

        init(_ descriptor: consuming FileDescriptor) {
            self.descriptor = descriptor
        }
    }

    init?(_ path: String) {
        do {
            let file = FileDescriptorBox(try FileDescriptor.open(path, .read))
            let size = Int(clamping: try Files.status(of: file.descriptor).bytes)
            let contents = ElfContents(
                of: file.descriptor, count: size, windowBytes: Self.windowBytes)
            reader = try ElfReader(contents)
            segments = try reader.segments().filter(\.isLoaded)
            sections = try reader.symbolSections().sorted { !$0.isDynamic && $1.isDynamic }
            self.file = file
        } catch {
            return nil
        }
    }

    /// The readable names of the functions around places in the file, by place. Each section is
    /// gone through once, since a debug build's has hundreds of thousands of symbols.
    func names(ofFileOffsets offsets: [UInt64]) -> [UInt64: String] {
        var names: [UInt64: String] = [:]
        for section in sections {
            let wanted = offsets.filter { names[$0] == nil }
                .compactMap { offset in address(of: offset).map { (address: $0, offset: offset) } }
                .sorted { $0.address < $1.address }
            guard !wanted.isEmpty else { break }
            let found = functions(around: wanted.map(\.address), in: section)
            for (place, function) in zip(wanted, found) {
                guard let function, let name = try? reader.name(of: function, in: section) else {
                    continue
                }
                names[place.offset] = String(SymbolName.readable(name).prefix(Self.nameMax))
            }
        }
        return names
    }

    private func address(of offset: UInt64) -> UInt64? {
        segments.first { offset >= $0.fileOffset && offset - $0.fileOffset < $0.fileBytes }
            .flatMap { segment in
                let (address, overflows) = segment.address
                    .addingReportingOverflow(offset - segment.fileOffset)
                return overflows ? nil : address
            }
    }

    /// For each of the addresses, which are sorted, the nearest function that reaches over it.
    private func functions(
        around addresses: [UInt64], in section: ElfReader.SymbolSection
    ) -> [ElfReader.Symbol?] {
        var found: [ElfReader.Symbol?] = Array(repeating: nil, count: addresses.count)
        guard let last = addresses.last else { return found }
        for index in 0..<section.count {
            // What the file has not is not there behind it either.
            guard let symbol = try? reader.symbol(index, of: section) else { break }
            guard symbol.kind == Self.function, symbol.isDefined, symbol.address <= last else {
                continue
            }
            for match in addresses.indices.reversed() {
                guard addresses[match] >= symbol.address else { break }
                let isInside =
                    symbol.bytes == 0 || addresses[match] - symbol.address < symbol.bytes
                if isInside && symbol.address >= found[match]?.address ?? 0 {
                    found[match] = symbol
                }
            }
        }
        return found
    }
}
