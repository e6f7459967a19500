import Glibc
import Synchronization
import Testing

@testable import FilesystemLogic

/// Each test runs with both ways of resolving: by one openat2(), and by the walk alone.
@Suite struct RootsTests {
    private let scratch = Scratch()

    private func text(_ path: String, _ roots: Roots) throws -> String {
        try Reading().run(try roots.resolve(path).openFile(), pulse: Pulse())
    }

    @Test(arguments: [true, false])
    func `a file is found by every spelling of its path`(asksSystem: Bool) throws {
        scratch.makeFolder("work/folder")
        scratch.write("work/folder/a", "here")
        scratch.link("work/near", to: "folder/a")
        scratch.link("work/whole", to: "\(scratch.work)/folder")
        scratch.link("work/back", to: "../work/folder")
        let roots = try scratch.roots(asksSystem: asksSystem)
        for path in [
            "folder/a", "./folder//a", "folder/../folder/a", "~/folder/a", "near", "whole/a",
            "back/a", "\(scratch.work)/folder/a", "\(scratch.path)/outside/../work/folder/a",
            "\(scratch.work)/../work/folder/a",
        ] {
            #expect(try text(path, roots) == "here", "\(path)")
            #expect(try roots.resolve(path).path.description == "\(scratch.work)/folder/a")
        }
        #expect(try roots.resolve(".").path.description == scratch.work)
        #expect(try roots.resolve("~").status?.kind == .folder)
    }

    @Test(arguments: [true, false])
    func `no path leads out of the roots`(asksSystem: Bool) throws {
        scratch.makeFolder("work/folder")
        scratch.makeFolder("worktop")
        scratch.write("outside/secret", "secret")
        scratch.write("worktop/secret", "secret")
        scratch.link("work/file", to: "../outside/secret")
        scratch.link("work/out", to: "../outside")
        scratch.link("work/whole", to: "\(scratch.path)/outside")
        scratch.link("work/chain", to: "out")
        scratch.link("work/magic", to: "/proc/self/root\(scratch.path)/outside")
        scratch.link("work/cwd", to: "/proc/self/cwd")
        let roots = try scratch.roots(asksSystem: asksSystem)
        for path in [
            "../outside/secret", "folder/../../outside/secret", "/etc/passwd", "file",
            "out/secret", "whole/secret", "chain/secret", "magic/secret", "cwd/x", "out/new/file",
            "\(scratch.path)/outside/secret", "\(scratch.path)/worktop/secret", "..",
            "../../../../../../etc/passwd", "/", "/proc/self/root/etc/passwd",
        ] {
            let fault = fault { _ = try roots.resolve(path) }
            #expect(fault?.kind == .denied, "\(path): \(fault?.description ?? "was resolved")")
            #expect(fault?.description.contains("outside the allowed roots") == true)
            #expect(fault?.description.contains(scratch.work) == true)
        }
    }

    @Test func `a refusal says which root would be needed, and through which link it led there`()
        throws
    {
        scratch.link("work/out", to: "\(scratch.path)/outside")
        let fault = fault { _ = try scratch.roots().resolve("out/secret") }
        #expect(
            fault?.description
                == "\(scratch.work)/out is a link to \(scratch.path)/outside/secret, which lies "
                + "outside the allowed roots (\(scratch.work)). To allow it, add "
                + "\"\(scratch.path)/outside\" to roots under [modules.fs].")
    }

    @Test(arguments: [true, false])
    func `a link may lead from one root to another`(asksSystem: Bool) throws {
        scratch.write("outside/a", "there")
        scratch.link("work/out", to: "../outside")
        let roots = try scratch.roots(["work", "outside"], asksSystem: asksSystem)
        #expect(try text("out/a", roots) == "there")
        #expect(try text("../outside/a", roots) == "there")
    }

    @Test(arguments: [true, false])
    func `links that lead to themselves end`(asksSystem: Bool) throws {
        scratch.link("work/a", to: "b")
        scratch.link("work/b", to: "a")
        scratch.link("work/self", to: "\(scratch.work)/self")
        let roots = try scratch.roots(asksSystem: asksSystem)
        for path in ["a", "self", "a/x"] {
            #expect(fault { _ = try roots.resolve(path) }?.kind == .invalid)
        }
    }

    @Test(arguments: [true, false])
    func `hidden names are closed by whatever path, unless the configuration opens them`(
        asksSystem: Bool
    ) throws {
        scratch.makeFolder("work/.ssh")
        scratch.write("work/.ssh/key", "secret")
        scratch.write("work/.profile", "secret")
        scratch.write("work/plain", "plain")
        scratch.link("work/innocent", to: ".ssh/key")
        scratch.link("work/.link", to: "plain")
        let closed = try scratch.roots(asksSystem: asksSystem)
        let open = try scratch.roots(hidden: true, asksSystem: asksSystem)
        for path in [".ssh/key", ".profile", "innocent", ".link", ".ssh", ".ssh/../plain"] {
            let fault = fault { _ = try closed.resolve(path) }
            #expect(fault?.kind == .denied, "\(path)")
            #expect(fault?.description.contains("hidden = true") == true)
            #expect(throws: Never.self) { _ = try open.resolve(path) }
        }
        #expect(try text("plain", closed) == "plain")
        #expect(fault { _ = try closed.resolve(".new/file") }?.kind == .denied)
    }

    @Test func `the kernel's own folders stay closed even with hidden files open`() throws {
        scratch.makeFolder("journal")
        scratch.link("work/inside", to: "../journal")
        let roots = try scratch.roots(["work", "."], hidden: true)
        for path in ["inside", "../journal", "\(scratch.path)/journal/lock"] {
            let fault = fault { _ = try roots.resolve(path) }
            #expect(fault?.description.contains("belongs to the kernel itself") == true, "\(path)")
        }
    }

    @Test func `a path that is empty, too long, or holds a zero byte is refused`() throws {
        let roots = try scratch.roots()
        #expect(fault { _ = try roots.resolve("") }?.kind == .invalid)
        #expect(fault { _ = try roots.resolve("a\0b") }?.kind == .invalid)
        #expect(fault { _ = try roots.resolve("a\\x00b") }?.kind == .invalid)
        let long = String(repeating: "a/", count: 3000)
        #expect(fault { _ = try roots.resolve(long) }?.kind == .limit)
        let name = String(repeating: "a", count: 300)
        #expect(fault { _ = try roots.resolve(name) }?.description.contains("shorten") == true)
    }

    @Test func `a list without roots, or with one that is not whole, is refused`() {
        let open = Protection(allowsHidden: false, closed: [])
        #expect(fault { _ = try Roots([], protection: open) }?.kind == .invalid)
        #expect(fault { _ = try Roots([RawPath(text: "a/b")], protection: open) }?.kind == .invalid)
    }

    @Test func `a file on the way is no folder, and what is missing is said`() throws {
        scratch.write("work/a", "")
        let roots = try scratch.roots()
        #expect(
            fault { _ = try roots.resolve("a/b") }?.description.contains("not a folder") == true)
        let place = try roots.resolve("x/y/z")
        #expect(place.missing == [[UInt8(ascii: "x")], [UInt8(ascii: "y")]])
        #expect(fault { _ = try roots.resolve("x/../a") }?.kind == .notFound)
    }

    @Test(.enabled(if: !Scratch.isRoot))
    func `a closed folder is named`() throws {
        scratch.makeFolder("work/closed")
        scratch.write("work/closed/a", "")
        scratch.setMode("work/closed", 0)
        let fault = fault { _ = try scratch.roots().resolve("closed/a") }
        #expect(fault?.kind == .denied)
    }

    @Test(arguments: [true, false])
    func `whoever exchanges a folder for a link while it is read gains nothing`(
        asksSystem: Bool
    ) throws {
        scratch.makeFolder("work/folder")
        scratch.write("work/folder/a", "inside")
        scratch.write("outside/a", "outside")
        scratch.link("work/trap", to: "../outside")
        scratch.write("work/file", "inside")
        scratch.link("work/lure", to: "../outside/a")
        let roots = try scratch.roots(asksSystem: asksSystem)
        let ended = Atomic(false)
        let work = scratch.work
        let seen = Mutex<[String: Int]>([:])
        withThread {
            while !ended.load(ordering: .relaxed) {
                rename("\(work)/folder", "\(work)/aside")
                rename("\(work)/trap", "\(work)/folder")
                rename("\(work)/folder", "\(work)/trap")
                rename("\(work)/aside", "\(work)/folder")
                rename("\(work)/file", "\(work)/kept")
                rename("\(work)/lure", "\(work)/file")
                rename("\(work)/file", "\(work)/lure")
                rename("\(work)/kept", "\(work)/file")
            }
        } while: {
            for turn in 0..<10_000 {
                do {
                    let path = turn % 2 == 0 ? "folder/a" : "file"
                    let text = try Reading().run(
                        try roots.resolve(path).openFile(), pulse: Pulse())
                    seen.withLock { $0[text, default: 0] += 1 }
                } catch {
                    seen.withLock { $0["refused", default: 0] += 1 }
                }
            }
            ended.store(true, ordering: .relaxed)
        }
        #expect(seen.withLock { $0["outside"] } == nil)
        #expect(seen.withLock { $0["inside", default: 0] + $0["refused", default: 0] } == 10_000)
    }
}

/// Runs `other` on a thread of its own while `body` runs on this one.
func withThread(
    _ other: @escaping @Sendable () -> Void, while body: () throws -> Void
) rethrows {
    final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var thread = pthread_t()
    let work = Unmanaged.passRetained(Work(other))
    let result = pthread_create(
        &thread, nil,
        { raw in
            if let raw { Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().run() }
            return nil
        }, work.toOpaque())
    precondition(result == 0)
    defer { pthread_join(thread, nil) }
    try body()
}
