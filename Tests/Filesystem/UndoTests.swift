import Glibc
import Testing

@testable import FilesystemLogic

@Suite struct UndoTests {
    private let scratch = Scratch()

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `changes are taken back one after the other, to the beginning`() throws {
        let changer = try scratch.changer()
        for text in ["one", "two", "three"] { _ = try changer.write("a", bytes(text)) }
        for text in ["two", "one", nil] {
            _ = try changer.undo(id: nil)
            #expect(scratch.read("work/a") == text)
        }
        #expect(fault { _ = try changer.undo(id: nil) }?.kind == .notFound)
    }

    @Test func `taking back can be taken back`() throws {
        let changer = try scratch.changer()
        _ = try changer.write("a", bytes("one"))
        _ = try changer.write("a", bytes("two"))
        let undo = try #require(try changer.undo(id: nil).change)
        #expect(scratch.read("work/a") == "one")
        let redo = try #require(try changer.undo(id: undo).change)
        #expect(scratch.read("work/a") == "two")
        let again = fault { _ = try changer.undo(id: undo) }
        #expect(again?.description.contains("undone already, by change \(redo)") == true)
        _ = try changer.undo(id: nil)
        #expect(scratch.read("work/a") == "one")
        _ = try changer.undo(id: nil)
        #expect(scratch.read("work/a") == nil)
        _ = try changer.undo(id: 6)
        #expect(scratch.read("work/a") == "one")
    }

    @Test func `mode and time come back with the content`() throws {
        scratch.write("work/a", "one")
        scratch.setMode("work/a", 0o640)
        let before = try #require(try scratch.roots().resolve("a").status)
        let changer = try scratch.changer()
        _ = try changer.write("a", bytes("two"))
        scratch.setMode("work/a", 0o600)
        _ = try changer.undo(id: nil)
        let after = try #require(try scratch.roots().resolve("a").status)
        #expect(after.mode == 0o640)
        #expect(after.modified == before.modified)
    }

    @Test func `what was changed since is not lost, unless that is wanted`() throws {
        let changer = try scratch.changer()
        _ = try changer.write("a", bytes("one"))
        _ = try changer.write("a", bytes("two"))
        let later = fault { _ = try changer.undo(id: 1) }
        #expect(later?.description.contains("undo change 2 first, or set force") == true)
        scratch.write("work/a", "by hand")
        #expect(fault { _ = try changer.undo(id: nil) }?.kind == .busy)
        #expect(scratch.read("work/a") == "by hand")
        let forced = try changer.undo(id: nil, force: true)
        #expect(scratch.read("work/a") == "one")
        _ = try changer.undo(id: forced.change)
        #expect(scratch.read("work/a") == "by hand")
    }

    @Test func `a change that was taken back by hand can still be marked as taken back`() throws {
        scratch.write("work/a", "one")
        let changer = try scratch.changer()
        _ = try changer.write("a", bytes("two"))
        scratch.write("work/a", "one")
        #expect(fault { _ = try changer.undo(id: nil) }?.kind == .busy)
        _ = try changer.undo(id: nil, force: true)
        #expect(scratch.read("work/a") == "one")
        #expect(fault { _ = try changer.undo(id: nil) }?.kind == .notFound)
    }

    @Test func `a removed file comes back, also where its folder has gone`() throws {
        let changer = try scratch.changer()
        scratch.makeFolder("work/x")
        scratch.write("work/x/a", "one")
        _ = try changer.write("x/a", bytes("two"))
        Scratch.remove(RawPath(text: "\(scratch.work)/x"))
        #expect(
            fault { _ = try changer.undo(id: nil) }?.description.contains("exist any more") == true)
        _ = try changer.undo(id: nil, force: true)
        #expect(scratch.read("work/x/a") == "one")
    }

    @Test func `a place that is a link by now is not written through`() throws {
        let changer = try scratch.changer()
        scratch.makeFolder("work/x")
        _ = try changer.write("x/a", bytes("one"))
        Scratch.remove(RawPath(text: "\(scratch.work)/x"))
        scratch.makeFolder("work/y")
        scratch.write("work/y/a", "one")
        scratch.link("work/x", to: "y")
        #expect(fault { _ = try changer.undo(id: nil) }?.kind == .denied)
        #expect(scratch.read("work/y/a") == "one")
    }

    @Test func `the journal keeps the newest entries within its limits`() throws {
        let few = try scratch.changer(entriesMax: 3)
        for number in 1...5 { _ = try few.write("a", bytes("\(number)")) }
        #expect(try few.openJournal().settled == [3, 4, 5])
        let small = try scratch.changer(bytesMax: 100)
        for number in 1...5 {
            _ = try small.write("b", bytes(String(repeating: "\(number)", count: 40)))
        }
        #expect(try small.openJournal().settled == [9, 10])
        let names = try scratch.names("journal")
        #expect(names == ["10.before", "10.entry", "9.before", "9.entry", "lock"])
        #expect(fault { _ = try small.undo(id: 1) }?.kind == .notFound)
    }

    @Test func `a damaged entry is passed over, and damaged content is not restored`() throws {
        let changer = try scratch.changer()
        for text in ["one", "two", "three"] { _ = try changer.write("a", bytes(text)) }
        let entry = try #require(scratch.read("journal/3.entry"))
        scratch.write("journal/3.entry", String(entry.dropLast(20)))
        scratch.write("journal/2.before", "0ne")
        #expect(try changer.openJournal().entries().map(\.id) == [1, 2])
        let fault = fault { _ = try changer.undo(id: 2, force: true) }
        #expect(fault?.description.contains("kept for change 2 is damaged") == true)
        #expect(scratch.read("work/a") == "three")
        #expect(try scratch.names("work") == ["a"])
    }

    @Test func `a journal that cannot be made stops the change`() throws {
        scratch.write("journal", "in the way")
        #expect(fault { _ = try scratch.changer().write("a", []) }?.kind == .failed)
        #expect(scratch.read("work/a") == nil)
    }

    @Test func `names that are not text are taken back too`() throws {
        let changer = try scratch.changer()
        _ = try changer.write("a\\xff\\x0ab", bytes("one"))
        #expect(try scratch.names("work") == ["a\\xff\\x0ab"])
        _ = try changer.undo(id: nil)
        #expect(try scratch.names("work").isEmpty)
    }
}
