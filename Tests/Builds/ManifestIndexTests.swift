import KernelSystem
import KernelTesting
import Testing

@testable import KernelBuilds

@Suite struct ManifestIndexTests {
    private func entry(_ number: Int) throws -> ManifestIndex.Entry {
        let status = FileStatus(
            device: 1, inode: UInt64(number), bytes: 100, modifiedNanoseconds: 5,
            changedNanoseconds: 6)
        return ManifestIndex.Entry(
            build: Build(
                hash: "hash\(number)", path: "/store/\(number)", source: status,
                writableBytes: 4_096 * number, mappedBytes: 8_192,
                libraries: ["libc.so.6", "libm.so.6"]),
            manifest: try Manifest(
                parsing: Array(#"{"id":"m\#(number)","version":"1.0.0","tasks":[]}"#.utf8)),
            abilities: [1, 0, 1, 0, 1])
    }

    private func index(of count: Int) throws -> ManifestIndex {
        var index = ManifestIndex()
        for number in 0..<count { index.set("/m/\(number).so", try entry(number)) }
        return index
    }

    @Test func `what was written is read back`() throws {
        let folder = try TemporaryFolder()
        try index(of: 20).write(to: folder.file("index"))
        let read = ManifestIndex(readingFrom: folder.file("index"))
        for number in 0..<20 {
            let expected = try entry(number)
            let found = try #require(read.entry(of: "/m/\(number).so", expected.build.source))
            #expect(found.build == expected.build)
            #expect(found.manifest == expected.manifest)
            #expect(found.abilities == expected.abilities)
        }
        #expect(read.hashes.count == 20)
        #expect(try Files.names(in: folder.path) == ["index"])
    }

    @Test func `a file that is not the one it was made from is unknown`() throws {
        let index = try index(of: 1)
        let known = try entry(0).build.source
        #expect(index.entry(of: "/m/0.so", known) != nil)
        #expect(index.entry(of: "/m/1.so", known) == nil)
        let statuses = [
            FileStatus(
                device: 2, inode: 0, bytes: 100, modifiedNanoseconds: 5, changedNanoseconds: 6),
            FileStatus(
                device: 1, inode: 1, bytes: 100, modifiedNanoseconds: 5, changedNanoseconds: 6),
            FileStatus(
                device: 1, inode: 0, bytes: 101, modifiedNanoseconds: 5, changedNanoseconds: 6),
            FileStatus(
                device: 1, inode: 0, bytes: 100, modifiedNanoseconds: 4, changedNanoseconds: 6),
            FileStatus(
                device: 1, inode: 0, bytes: 100, modifiedNanoseconds: 5, changedNanoseconds: 7),
        ]
        for status in statuses { #expect(index.entry(of: "/m/0.so", status) == nil) }
    }

    @Test func `an index that was cut anywhere or flipped is as good as none`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("index")
        try index(of: 2).write(to: path)
        let bytes = try Files.read(path, bytesMax: 1 << 20)
        for count in 0..<bytes.count {
            try Files.replace(path, with: Array(bytes.prefix(count)))
            #expect(ManifestIndex(readingFrom: path).hashes.isEmpty, "cut at \(count)")
        }
        for position in bytes.indices {
            var flipped = bytes
            flipped[position] ^= 0x10
            try Files.replace(path, with: flipped)
            #expect(ManifestIndex(readingFrom: path).hashes.isEmpty, "flipped at \(position)")
        }
    }

    @Test func `an index of another format, or none, is empty`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("index")
        #expect(ManifestIndex(readingFrom: path).hashes.isEmpty)
        try index(of: 1).write(to: path)
        var bytes = try Files.read(path, bytesMax: 1 << 20)
        bytes[0] = 0
        try Files.replace(path, with: bytes)
        #expect(ManifestIndex(readingFrom: path).hashes.isEmpty)
    }

    @Test func `a removed source is forgotten`() throws {
        var index = try index(of: 2)
        index.remove("/m/0.so")
        #expect(index.hashes == ["hash1"])
    }
}
