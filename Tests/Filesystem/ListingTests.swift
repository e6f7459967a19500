import Testing

@testable import FilesystemLogic

@Suite struct ListingTests {
    private let scratch = Scratch()

    private func list(_ path: String = ".", _ listing: Listing = Listing()) throws -> Listing.Result
    {
        let roots = try scratch.roots(hidden: listing.showsHidden)
        return try listing.run(try roots.resolve(path), roots: roots, pulse: Pulse())
    }

    @Test func `a folder is listed in order, each entry with what it is`() throws {
        scratch.makeFolder("work/b")
        scratch.write("work/b/inner", "12345")
        scratch.write("work/c", "123")
        scratch.write("work/a", "")
        scratch.link("work/d", to: "../outside")
        scratch.write("work/.hidden", "")
        let result = try list()
        #expect(result.entries.map(\.name) == ["a", "b", "c", "d"])
        #expect(result.entries.map(\.status?.kind) == [.file, .folder, .file, .link])
        #expect(result.entries.map(\.status?.size)[2] == 3)
        #expect(result.entries[3].target == Array("../outside".utf8))
        #expect(result.more == 0 && result.isComplete)
        #expect(
            try list(".", Listing(depth: 2, showsHidden: true)).entries.map(\.name)
                == [".hidden", "a", "b", "b/inner", "c", "d"])
    }

    @Test func `links to folders are not entered`() throws {
        scratch.write("outside/secret", "")
        scratch.link("work/out", to: "../outside")
        #expect(try list(".", Listing(depth: 5)).entries.map(\.name) == ["out"])
    }

    @Test func `a limit keeps the upper levels, and says how many there are beyond it`() throws {
        for folder in ["a", "b"] {
            scratch.makeFolder("work/\(folder)")
            for file in 1...5 { scratch.write("work/\(folder)/\(file)", "") }
        }
        let result = try list(".", Listing(depth: 2, limit: 4))
        #expect(result.entries.map(\.name) == ["a", "a/1", "a/2", "b"])
        #expect(result.more == 8)
    }

    @Test func `names that are not text, or hold a line end, can be handed back`() throws {
        let names: [[UInt8]] = [[0x61, 0xFF, 0x62], [0x61, 0x0A, 0x62], Array("a\\x41".utf8)]
        for name in names { scratch.write(Array("work/".utf8) + name, Array("here".utf8)) }
        let listed = try list().entries.map(\.name)
        #expect(Set(listed) == ["a\\xffb", "a\\x0ab", "a\\x5cx41"])
        for name in listed {
            let file = try scratch.roots().resolve(name).openFile()
            #expect(try Reading().run(file, pulse: Pulse()) == "here")
        }
    }

    @Test func `a folder of many thousands is listed up to the limit`() throws {
        scratch.makeFolder("work/many")
        for number in 0..<20_000 { scratch.write("work/many/\(number)", "") }
        let result = try list("many", Listing(limit: 3))
        #expect(result.entries.map(\.name) == ["0", "1", "10"])
        #expect(result.more == 19_997)
    }

    @Test(.enabled(if: !Scratch.isRoot))
    func `a closed folder is listed with the reason why it is not entered`() throws {
        scratch.makeFolder("work/closed")
        scratch.setMode("work/closed", 0)
        let entries = try list(".", Listing(depth: 3)).entries
        #expect(entries.map(\.problem) == ["Permission denied"])
        #expect(fault { _ = try list("closed") }?.kind == .denied)
    }

    @Test func `a file cannot be listed, nor can what does not exist`() throws {
        scratch.write("work/a", "")
        #expect(fault { _ = try list("a") }?.description.contains("not a folder") == true)
        #expect(fault { _ = try list("b") }?.kind == .notFound)
    }
}
