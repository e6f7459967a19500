import KernelHosting
import KernelSystem
import KernelTesting
import Testing

@testable import KernelGenerations

@Suite struct SettledPagesTests {
    @Test func `a module works with its addresses in a file that has no name`() throws {
        let folder = try TemporaryFolder()
        let settled = SettledPages(folder: folder.path)
        for number in 1...2 {
            let library = folder.file("settled-\(number).so")
            try Fixture.build("counter", to: library)
            let image = try ModuleImage(opening: library)
            let before = try image.manifest()
            settled.take(image)
            #expect(try image.manifest() == before)
            #expect(try settledMappings(in: folder) == number)
        }
        let names = try Files.names(in: folder.path)
        #expect(names == ["settled-1.so", "settled-2.so"])
    }

    @Test func `without a place for a file the pages stay where they are`() throws {
        let folder = try TemporaryFolder()
        let library = folder.file("stays.so")
        try Fixture.build("counter", to: library)
        let image = try ModuleImage(opening: library)
        let settled = SettledPages(folder: folder.file("missing"))
        settled.take(image)
        #expect(try !image.manifest().isEmpty)
        #expect(try settledMappings(in: folder) == 0)
    }

    /// How many pieces of memory come from such a file of this folder. They are only read.
    private func settledMappings(in folder: TemporaryFolder) throws -> Int {
        let maps = try Files.read("/proc/self/maps", bytesMax: 1 << 26)
        let lines = String(decoding: maps, as: UTF8.self).split(separator: "\n").filter {
            $0.contains(folder.path) && $0.hasSuffix(" (deleted)")
        }
        for line in lines { #expect(line.contains(" r--p ")) }
        return lines.count
    }
}
