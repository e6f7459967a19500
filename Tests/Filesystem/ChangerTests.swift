import Glibc
import Synchronization
import Testing

@testable import FilesystemLogic

@Suite struct ChangerTests {
    private let scratch = Scratch()

    @Test func `a file is created, replaced, and left alone where nothing changes`() throws {
        let changer = try scratch.changer()
        let first = try changer.write("a", Array("one".utf8))
        #expect(first.created && first.change == 1 && first.size == 3)
        #expect(first.hash == Hash(Array("one".utf8)).description)
        #expect(scratch.read("work/a") == "one")
        let second = try changer.write("a", Array("two".utf8))
        #expect(!second.created && second.change == 2)
        #expect(try changer.write("a", Array("two".utf8)).change == nil)
        #expect(scratch.read("work/a") == "two")
        #expect(try scratch.names("work") == ["a"])
        #expect(try scratch.names("journal") == ["1.entry", "2.before", "2.entry", "lock"])
    }

    @Test func `the mode of a file stays, and a new one gets what the mask allows`() throws {
        scratch.write("work/a", "one")
        scratch.setMode("work/a", 0o750)
        let changer = try scratch.changer()
        _ = try changer.write("a", Array("two".utf8))
        #expect(scratch.mode("work/a") == 0o750)
        let mask = umask(0o022)
        umask(mask)
        _ = try changer.write("b", Array("new".utf8))
        #expect(scratch.mode("work/b") == 0o666 & ~mask)
    }

    @Test func `a changed program loses its special rights, and undo gives them back`() throws {
        scratch.write("work/a", "one")
        scratch.setMode("work/a", 0o4755)
        let changer = try scratch.changer()
        _ = try changer.write("a", Array("two".utf8))
        #expect(scratch.mode("work/a") == 0o755)
        _ = try changer.undo(id: nil)
        #expect(scratch.mode("work/a") == 0o4755)
    }

    @Test func `a name that is taken is not taken over`() throws {
        scratch.write("work/a", "one")
        scratch.write("work/b", "two")
        let folder = try Door.openFolder(at: RawPath(text: scratch.work))
        #expect(throws: SystemError(number: EEXIST)) {
            try Door.renameNew(folder, Array("a".utf8), to: Array("b".utf8))
        }
        try Door.renameNew(folder, Array("a".utf8), to: Array("c".utf8))
        #expect(try scratch.names("work") == ["b", "c"])
        #expect(scratch.read("work/b") == "two")
    }

    @Test func `a link stays, and what it leads to is written`() throws {
        scratch.write("work/real", "one")
        scratch.link("work/near", to: "real")
        scratch.link("work/far", to: "../outside/new")
        let changer = try scratch.changer()
        #expect(try changer.write("near", Array("two".utf8)).path.description.hasSuffix("/real"))
        #expect(scratch.read("work/real") == "two")
        #expect(fault { _ = try changer.write("far", [0x61]) }?.kind == .denied)
        #expect(try scratch.names("outside").isEmpty)
    }

    @Test func `missing folders are made only where that is asked for`() throws {
        let changer = try scratch.changer()
        let refused = fault { _ = try changer.write("x/y/a", [0x61]) }
        #expect(
            refused?.description.contains("The folder \(scratch.work)/x does not exist") == true)
        #expect(try scratch.names("work").isEmpty)
        _ = try changer.write("x/y/a", [0x61], makesFolders: true)
        #expect(scratch.read("work/x/y/a") == "a")
        _ = try changer.undo(id: nil)
        #expect(try scratch.names("work").isEmpty)
        _ = try changer.undo(id: 2)
        #expect(scratch.read("work/x/y/a") == "a")
    }

    @Test func `a file that is not as expected is not replaced`() throws {
        scratch.write("work/a", "one")
        let changer = try scratch.changer()
        let status = try #require(try scratch.roots().resolve("a").status)
        let hash = Hash(Array("one".utf8)).description
        let stale = Hash(Array("other".utf8)).description
        for expectation in [
            Changer.Expectation(hash: stale), Changer.Expectation(modified: "2001-01-01T00:00:00Z"),
            Changer.Expectation(hash: hash, modified: "2001-01-01T00:00:00Z"),
        ] {
            let fault = fault {
                _ = try changer.write("a", Array("two".utf8), expecting: expectation)
            }
            #expect(fault?.kind == .busy)
            #expect(fault?.description.contains(hash) == true)
        }
        #expect(scratch.read("work/a") == "one")
        let expectation = Changer.Expectation(
            hash: hash.uppercased(), modified: status.modified.exactText)
        _ = try changer.write("a", Array("two".utf8), expecting: expectation)
        #expect(scratch.read("work/a") == "two")
        let missing = fault { _ = try changer.write("b", [], expecting: expectation) }
        #expect(missing?.kind == .busy)
    }

    @Test func `folders, pipes and files beyond the limit are not written`() throws {
        scratch.makeFolder("work/folder")
        #expect(mkfifo("\(scratch.work)/pipe", 0o600) == 0)
        scratch.write("work/large", String(repeating: "x", count: 2000))
        let changer = try scratch.changer(bytesMax: 1000)
        #expect(fault { _ = try changer.write("folder", []) }?.kind == .invalid)
        #expect(fault { _ = try changer.write(".", []) }?.kind == .invalid)
        #expect(fault { _ = try changer.write("pipe", []) }?.kind == .invalid)
        let large = fault { _ = try changer.write("large", []) }
        #expect(large?.kind == .limit)
        #expect(large?.description.contains("journalMegabytes") == true)
        let long = [UInt8](repeating: 0x61, count: Changer.bytesMax + 1)
        #expect(fault { _ = try changer.write("new", long) }?.kind == .limit)
        #expect(try scratch.names("journal") == ["lock"])
    }

    @Test func `the other names of a file keep the old content, which is said`() throws {
        scratch.write("work/a", "one")
        #expect(Glibc.link("\(scratch.work)/a", "\(scratch.work)/b") == 0)
        #expect(try scratch.changer().write("a", Array("two".utf8)).otherNames == 1)
        #expect(scratch.read("work/b") == "one")
    }

    @Test func `extended attributes stay`() throws {
        scratch.write("work/a", "one")
        guard ExtendedAttribute.set("user.test", "kept", of: "\(scratch.work)/a") else { return }
        _ = try scratch.changer().write("a", Array("two".utf8))
        #expect(ExtendedAttribute.value("user.test", of: "\(scratch.work)/a") == "kept")
    }

    @Test(.enabled(if: !Scratch.isRoot))
    func `a write-protected file or folder is not written`() throws {
        scratch.write("work/a", "one")
        scratch.setMode("work/a", 0o444)
        let changer = try scratch.changer()
        #expect(fault { _ = try changer.write("a", []) }?.description.contains("protected") == true)
        scratch.makeFolder("work/folder")
        scratch.setMode("work/folder", 0o555)
        #expect(fault { _ = try changer.write("folder/a", []) }?.kind == .denied)
        #expect(try scratch.names("journal") == ["lock"])
    }

    @Test func `on a full disk the file stays as it was, and nothing is left behind`() throws {
        scratch.makeFolder("work/small")
        let folder = "\(scratch.work)/small"
        let mounted = mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0
        guard mounted else { return }
        defer { umount2(folder, Int32(MNT_DETACH)) }
        scratch.write("work/small/a", "one")
        let changer = try scratch.changer()
        let fault = fault {
            _ = try changer.write("small/a", [UInt8](repeating: 0x61, count: 200_000))
        }
        #expect(fault?.kind == .limit)
        #expect(fault?.description.contains("No space left on device (free some space") == true)
        #expect(scratch.read("work/small/a") == "one")
        #expect(try scratch.names("work/small") == ["a"])
        #expect(try scratch.names("journal") == ["lock"])
    }

    @Test func `two hands that edit one file at once lose nothing`() async throws {
        scratch.write("work/a", (0..<20).map { "<\($0)>\n" }.joined())
        let changer = try scratch.changer()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    _ = try changer.edit("a", [Edit(old: "<\(number)>", new: "[\(number)]")])
                }
            }
            try await group.waitForAll()
        }
        #expect(scratch.read("work/a") == (0..<20).map { "[\($0)]\n" }.joined())
        for _ in 0..<20 { _ = try changer.undo(id: nil) }
        #expect(scratch.read("work/a") == (0..<20).map { "<\($0)>\n" }.joined())
    }

    @Test func `while one change is made, no other one can begin`() throws {
        scratch.makeFolder("journal")
        scratch.write("journal/lock", "")
        let journal = scratch.journalPath
        let seen = Mutex<[Bool]>([])
        @Sendable func isFree() throws -> Bool {
            let folder = try Door.openFolder(at: journal)
            return try Door.tryLock(try Door.open(folder, Array("lock".utf8), to: .lock))
        }
        let changer = try scratch.changer { _ in
            do {
                let free = try isFree()
                seen.withLock { $0.append(free) }
            } catch {
                Issue.record("the lock cannot be tried: \(error)")
            }
        }
        scratch.write("work/a", "one")
        _ = try changer.write("a", Array("two".utf8))
        let found = seen.withLock { $0 }
        #expect(found == [Bool](repeating: false, count: Journal.Step.allCases.count))
        #expect(try isFree())
    }

    @Test func `a file that somebody else changes meanwhile is not overwritten`() throws {
        scratch.write("work/a", "one")
        let path = "\(scratch.work)/a"
        let changer = try scratch.changer { step in
            guard step == .temporaryWritten else { return }
            let file = open(path, O_WRONLY | O_APPEND)
            Glibc.write(file, "!", 1)
            close(file)
        }
        #expect(fault { _ = try changer.write("a", Array("two".utf8)) }?.kind == .busy)
        #expect(scratch.read("work/a") == "one!")
        #expect(try scratch.names("work") == ["a"])
        #expect(try scratch.names("journal") == ["lock"])
    }

    @Test func `a new file does not replace one that appears meanwhile`() throws {
        let path = "\(scratch.work)/x/a"
        let changer = try scratch.changer { step in
            guard step == .checked else { return }
            close(open(path, O_WRONLY | O_CREAT, 0o644))
        }
        let fault = fault { _ = try changer.write("x/a", [0x61], makesFolders: true) }
        #expect(fault?.kind == .busy)
        #expect(scratch.read("work/x/a") == "")
    }
}
