import KernelSystem
import KernelTesting
import Testing

@testable import KernelBuilds

@Suite struct BuildStoreTests {
    private let folder: TemporaryFolder
    private let store: BuildStore
    private let source: String

    init() throws {
        folder = try TemporaryFolder("kernel-store")
        store = BuildStore(folder: folder.file("store"))
        source = folder.file("module.so")
        try Fixture.build("answer", to: source)
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        try Files.read(path, bytesMax: 1 << 20)
    }

    @Test func `what is mapped is copied at once, and the rest when the build is completed`() throws
    {
        let build = try store.ingest(source)
        let whole = try bytes(source)
        #expect(build.mappedBytes < whole.count)
        #expect(try bytes(build.path) == Array(whole.prefix(build.mappedBytes)))
        #expect(store.isWhole(build))
        #expect(try Files.names(in: store.folder) == [build.hash])

        store.complete(build, from: source)
        #expect(try bytes(build.path) == whole)
        #expect(store.isWhole(build))
        store.complete(build, from: source)
        #expect(try bytes(build.path) == whole)
    }

    @Test func `a build is not completed from another file than its own`() throws {
        let build = try store.ingest(source)
        try Fixture.build("answer", defining: ["FIXTURE_ANSWER=\"two\""], to: source)
        store.complete(build, from: source)
        #expect(try Files.status(build.path).bytes == build.mappedBytes)
        try Files.remove(source)
        store.complete(build, from: source)
        #expect(try Files.status(build.path).bytes == build.mappedBytes)
        #expect(store.isWhole(build))
    }

    @Test func `a file that differs only behind what is mapped is the same build`() throws {
        let build = try store.ingest(source)
        // The name of a section at the end of the file, which no loader reads.
        var changed = try bytes(source)
        let section = try #require(changed.lastIndex(of: UInt8(ascii: ".")))
        changed[section + 1] ^= 1
        try Files.replace(source, with: changed)
        #expect(try store.ingest(source).hash == build.hash)
    }

    @Test func `a copy that is damaged is not whole, and is taken in again`() throws {
        let build = try store.ingest(source)
        try Files.replace(build.path, with: Array(try bytes(build.path).dropLast()))
        #expect(!store.isWhole(build))
        var flipped = try bytes(source)
        flipped[build.mappedBytes / 2] ^= 1
        try Files.replace(build.path, with: Array(flipped.prefix(build.mappedBytes)))
        #expect(!store.isWhole(build))
        #expect(try store.ingest(source).path == build.path)
        #expect(store.isWhole(build))
    }

    @Test func `a copy can be opened until it is let go of, also once it is kept`() throws {
        let copy: String
        let build: Build
        do {
            let arrival = try store.fill(try store.begin(source))
            copy = arrival.path
            #expect(try Files.names(in: store.folder).count == 1)
            build = try store.keep(arrival)
            #expect(try bytes(copy) == bytes(build.path))
        }
        #expect(!Files.exists(copy))
        #expect(store.isWhole(build))
    }

    @Test func `a file cut anywhere is refused, and leaves nothing behind`() throws {
        let whole = try bytes(source)
        for count in stride(from: 0, to: whole.count, by: 509) {
            try Files.replace(source, with: Array(whole.prefix(count)))
            #expect(throws: IngestFailure.self, "cut at \(count)") { try store.ingest(source) }
        }
        #expect(((try? Files.names(in: store.folder)) ?? []).isEmpty)
    }
}
