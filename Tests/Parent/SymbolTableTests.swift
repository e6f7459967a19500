import KernelBase
import KernelSystem
import KernelTesting
import Testing

@testable import KernelParent

/// The names of functions, also from files that are damaged or change meanwhile.
struct SymbolTableTests {
    private let folder: TemporaryFolder
    private let file: String
    private let bytes: [UInt8]
    /// Of the function `segv`, within the file.
    private let offset: UInt64

    init() throws {
        folder = try TemporaryFolder()
        file = folder.file("module.so")
        try Fixture.build("crashes", to: file)
        bytes = try Files.read(file, bytesMax: 1 << 24)
        offset = try Self.offset(of: "segv", in: ElfReader(bytes))
    }

    private static func offset(of name: String, in reader: ElfReader) throws -> UInt64 {
        for section in try reader.symbolSections() {
            for index in 0..<section.count {
                let symbol = try reader.symbol(index, of: section)
                guard try reader.name(of: symbol, in: section) == name else { continue }
                let segment = try #require(
                    try reader.segments().first {
                        $0.isLoaded && symbol.address >= $0.address
                            && symbol.address - $0.address < $0.fileBytes
                    })
                return symbol.address - segment.address + segment.fileOffset
            }
        }
        throw ElfProblem("there is no \(name)")
    }

    @Test func `a place in a function has its name`() {
        let table = SymbolTable(file)
        let names = table?.names(ofFileOffsets: [offset, offset + 1, 0, .max])
        #expect(names?[offset] == "segv" && names?[offset + 1] == "segv")
        #expect(names?[0] == nil && names?[.max] == nil)
    }

    @Test(arguments: [0, 1, 63, 64, 100, 1_000, 5_000])
    func `a file that is cut short has no names, or fewer`(length: Int) throws {
        try Files.replace(file, with: Array(bytes.prefix(length)))
        #expect(SymbolTable(file)?.names(ofFileOffsets: [offset])[offset] == nil)
    }

    /// Numbers of the header, the table of segments, the sections, and the first symbols.
    @Test(arguments: [UInt8.max, 0x7F, 0])
    func `a file with any number wrong is examined to the end`(byte: UInt8) throws {
        let reader = try ElfReader(bytes)
        let sections = Int(try reader.number(40, 8))
        var places = Array(stride(from: 16, to: 64 + 12 * 56, by: 2))
        places += stride(from: sections, to: bytes.count - 8, by: 4)
        for section in try reader.symbolSections() {
            places += stride(from: section.start, to: section.start + 240, by: 4)
        }
        for place in places {
            var damaged = bytes
            for index in place..<place + 8 { damaged[index] = byte }
            try Files.replace(file, with: damaged)
            _ = SymbolTable(file)?.names(ofFileOffsets: [offset, 0, .max])
        }
    }

    @Test func `a file that is cut short while it is read does no harm`() throws {
        let table = try #require(SymbolTable(file))
        let handle = try FileDescriptor.open(file, .write)
        try Files.cut(handle, to: 0)
        // What was read before is remembered.
        #expect([nil, "segv"].contains(table.names(ofFileOffsets: [offset])[offset]))
    }
}
