import KernelBase
import KernelSystem
import KernelTesting
import Testing

@testable import KernelBuilds

@Suite struct ElfFileTests {
    private static let library = Result { try build("answer") }

    private static func build(_ fixture: String) throws -> [UInt8] {
        let folder = try TemporaryFolder("kernel-elf")
        try Fixture.build(fixture, to: folder.file("module.so"))
        return try Files.read(folder.file("module.so"), bytesMax: 1 << 20)
    }

    private func problem(_ bytes: [UInt8]) -> String? {
        do {
            _ = try ElfFile(checking: bytes)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a library is read`() throws {
        let file = try ElfFile(checking: try Self.library.get())
        #expect(file.needed.contains("libc.so.6"))
        #expect(file.searchPaths.isEmpty)
        #expect(file.writableBytes > 0 && file.writableBytes % 4_096 == 0)
    }

    @Test func `a library cut anywhere is refused as cut short, never read beyond its end`() throws
    {
        let whole = try Self.library.get()
        let counts = Array(stride(from: 4, to: whole.count, by: 64)) + [whole.count - 1]
        for count in counts {
            let sentence = problem(Array(whole.prefix(count)))
            #expect(sentence?.contains("cut short") == true, "cut at \(count): \(sentence ?? "-")")
        }
    }

    @Test(arguments: [1_000, 5_000, 8_200])
    func `a larger library cut where it kills the loader is refused`(count: Int) throws {
        var whole = try Self.library.get()
        // As large as the one in which the cuts were found to kill.
        let table = whole.count
        whole += [UInt8](repeating: 0, count: max(0, 15_016 - table))
        let start = UInt64(whole.count - 64)
        for index in 0..<8 { whole[40 + index] = UInt8(truncatingIfNeeded: start >> (8 * index)) }
        whole[60] = 1
        whole[61] = 0
        #expect(problem(whole) == nil)
        let sentence = problem(Array(whole.prefix(count)))
        #expect(sentence?.contains("it has \(count) bytes") == true)
    }

    @Test func `a file with any byte changed is judged without a crash`() throws {
        let whole = try Self.library.get()
        // The header, the program headers and the dynamic section with what it points to lie in
        // the first page; beyond them a change is only content.
        for position in 0..<min(whole.count, 4_096) {
            for value: UInt8 in [0, 0x7F, 0x80, 0xFF] {
                var changed = whole
                changed[position] = value
                _ = problem(changed)
            }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<4_000 {
            var changed = whole
            for _ in 0..<Int.random(in: 1...24, using: &random) {
                let position = Int.random(in: 0..<min(whole.count, 2_048), using: &random)
                changed[position] = UInt8.random(in: 0...255, using: &random)
            }
            _ = problem(changed)
        }
    }

    @Test func `extreme numbers in every field of eight bytes are judged without a crash`() throws {
        let whole = try Self.library.get()
        for position in stride(from: 16, to: 1_024, by: 4) {
            for value in [UInt64.max, UInt64(Int64.max), UInt64.max - 4_095, 1 << 63, 1 << 62] {
                var changed = whole
                for index in 0..<8 {
                    changed[position + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
                }
                _ = problem(changed)
            }
        }
    }

    struct Case: Sendable {
        let position: Int
        let bytes: [UInt8]
        let words: String
    }

    @Test(arguments: [
        Case(position: 0, bytes: [0x4D, 0x5A], words: "not an ELF file"),
        Case(position: 4, bytes: [1], words: "64-bit little-endian"),
        Case(position: 5, bytes: [2], words: "64-bit little-endian"),
        Case(position: 16, bytes: [1, 0], words: "-shared"),
        Case(position: 16, bytes: [2, 0], words: "a program"),
        Case(position: 18, bytes: [3, 0], words: "another processor (machine 3)"),
        Case(position: 18, bytes: [243, 0], words: "another processor (machine 243)"),
        Case(position: 56, bytes: [0, 0], words: "not a shared library"),
    ])
    func `what is not a library for this machine is refused by what it is`(one: Case) throws {
        var changed = try Self.library.get()
        changed.replaceSubrange(one.position..<one.position + one.bytes.count, with: one.bytes)
        let sentence = problem(changed)
        #expect(sentence?.contains(one.words) == true, "\(sentence ?? "accepted")")
    }

    @Test func `nothing and text are refused`() {
        #expect(problem([])?.contains("empty") == true)
        #expect(problem(Array("#!/bin/sh\n".utf8))?.contains("not an ELF file") == true)
    }

    @Test func `initial-exec thread-local storage is refused with what to do`() throws {
        let sentence = problem(try Self.build("initial_exec"))
        #expect(sentence?.contains("initial-exec") == true)
        #expect(sentence?.contains("-ftls-model=global-dynamic") == true)
    }
}
