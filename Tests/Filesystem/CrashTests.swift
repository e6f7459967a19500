import Glibc
import Synchronization
import Testing

@testable import FilesystemLogic

/// A crash leaves on the disk what was there after the last step. So the disk is copied after each
/// step, and each copy is recovered as if the kernel had been started on it.
@Suite struct CrashTests {
    private final class Copies: Sendable {
        let all = Mutex<[(Journal.Step, Tree)]>([])
    }

    /// Files and folders by their path beneath a folder; a folder has no content.
    private typealias Tree = [String: [UInt8]?]

    private static func copy(_ path: String, _ prefix: String = "") -> Tree {
        var tree: Tree = [:]
        do {
            let folder = try Door.openFolder(at: RawPath(text: path + prefix))
            let reader = try FolderReader(try Door.open(folder, Place.itself, to: .list))
            while let entry = try reader.next() {
                let name = "\(prefix)/\(RawPath.text(of: entry.name))"
                if entry.kind == .folder {
                    tree[name] = .some(nil)
                    tree.merge(copy(path, name)) { $1 }
                } else {
                    let file = try Door.open(folder, entry.name, to: .read)
                    let status = try Door.status(file)
                    let open = OpenFile(path: RawPath(text: name), descriptor: file, status: status)
                    tree[name] = try open.bytes(count: 1 << 20)
                }
            }
        } catch {
            Issue.record("cannot copy: \(error)")
        }
        return tree
    }

    private static func put(_ tree: Tree, into scratch: Scratch) {
        for name in ["work", "journal"] { Scratch.remove(RawPath(text: "\(scratch.path)/\(name)")) }
        for (name, content) in tree.sorted(by: { $0.key < $1.key })
        where !name.hasPrefix("/outside") {
            if let content {
                scratch.write(Array(name.dropFirst().utf8), content)
            } else {
                scratch.makeFolder(String(name.dropFirst()))
            }
        }
    }

    enum Change: CaseIterable, Sendable { case create, replace, edit, undo, undoCreate }

    /// Makes the change, and returns the disk after each step, and the content before and after.
    private func run(_ change: Change, _ scratch: Scratch) throws -> (
        [(Journal.Step, Tree)], String?, String?
    ) {
        let before = try scratch.changer()
        let name = change == .create || change == .undoCreate ? "x/y/a" : "a"
        if change == .replace || change == .edit || change == .undo {
            scratch.write("work/a", "one")
        }
        if change == .undo { _ = try before.write("a", Array("two".utf8)) }
        if change == .undoCreate {
            _ = try before.write(name, Array("one".utf8), makesFolders: true)
        }
        let old = scratch.read("work/\(name)")
        let copies = Copies()
        let path = scratch.path
        let changer = try scratch.changer { step in
            let copy = Self.copy(path)
            copies.all.withLock { $0.append((step, copy)) }
        }
        switch change {
        case .create, .replace:
            _ = try changer.write(name, Array("three".utf8), makesFolders: true)
        case .edit: _ = try changer.edit(name, [Edit(old: "one", new: "three")])
        case .undo, .undoCreate: _ = try changer.undo(id: nil)
        }
        return (copies.all.withLock { $0 }, old, scratch.read("work/\(name)"))
    }

    @Test(arguments: Change.allCases)
    func
        `a crash after any step leaves the old content or the new one, and the journal knows which`(
            change: Change
        ) throws
    {
        let scratch = Scratch()
        let (copies, old, new) = try run(change, scratch)
        #expect(old != new)
        let name = change == .create || change == .undoCreate ? "x/y/a" : "a"
        #expect(copies.count >= 5)
        for (step, tree) in copies {
            Self.put(tree, into: scratch)
            let changer = try scratch.changer()
            let entries = try changer.openJournal().entries()
            let isMade = step == .replaced || step == .settled
            #expect(scratch.read("work/\(name)") == (isMade ? new : old), "\(step)")
            let earlier = change == .undo || change == .undoCreate ? 1 : 0
            #expect(entries.count == earlier + (isMade ? 1 : 0), "\(step)")
            let left = Self.copy(scratch.path).keys.filter {
                $0.contains(".kernel-") || $0.hasSuffix(".new") || $0.hasSuffix(".prepared")
            }
            #expect(left.isEmpty, "\(step)")
            // What the journal kept still leads back.
            if isMade, let last = entries.last {
                _ = try changer.undo(id: last.id)
                #expect(scratch.read("work/\(name)") == old, "\(step)")
            }
            if change == .create { #expect(scratch.read("work/\(name)") == nil) }
            if change == .create { #expect(try scratch.names("work").isEmpty, "\(step)") }
        }
    }

    @Test func `a half-written entry is recognised and removed, however much of it was written`()
        throws
    {
        let scratch = Scratch()
        let (copies, _, _) = try run(.replace, scratch)
        let (_, tree) = try #require(copies.first { $0.0 == .entryPrepared })
        let (name, content) = try #require(tree.first { $0.key.hasSuffix(".prepared") })
        let whole = try #require(content)
        for length in stride(from: 0, to: whole.count - 1, by: 7) {
            for suffix in [".prepared", ".new"] {
                var cut = tree
                cut.removeValue(forKey: name)
                cut[name.replacing(".prepared", with: suffix)] = Array(whole.prefix(length))
                Self.put(cut, into: scratch)
                let open = try scratch.changer().openJournal()
                #expect(try open.entries().isEmpty)
                #expect(try scratch.names("journal") == ["lock"])
                #expect(scratch.read("work/a") == "one")
            }
        }
    }

    @Test func `an entry whose file was changed by somebody else after the crash stays`() throws {
        let scratch = Scratch()
        let (copies, _, _) = try run(.replace, scratch)
        let (_, tree) = try #require(copies.first { $0.0 == .temporaryWritten })
        Self.put(tree, into: scratch)
        scratch.write("work/a", "own")
        let changer = try scratch.changer()
        #expect(fault { _ = try changer.undo(id: nil) }?.kind == .busy)
        _ = try changer.undo(id: nil, force: true)
        #expect(scratch.read("work/a") == "one")
    }

    @Test func `an entry whose root is not allowed now waits until it is`() throws {
        let scratch = Scratch()
        let (copies, _, _) = try run(.replace, scratch)
        let (_, tree) = try #require(copies.first { $0.0 == .replaced })
        Self.put(tree, into: scratch)
        let elsewhere = try scratch.changer(roots: ["outside"])
        #expect(try elsewhere.openJournal().prepared == [1])
        _ = try elsewhere.write("b", Array("new".utf8))
        #expect(try scratch.changer().openJournal().entries().map(\.id) == [1, 2])
    }
}
