import Glibc
import KernelSystem
import KernelTesting
import Testing

@testable import KernelSandbox

struct ResourceTests {
    @Test func `a line of the system is read whatever the name holds`() {
        let rest =
            "S 1 2 3 0 -1 4194560 100 0 0 0 7 5 0 0 20 0 9 0 4242 1000000 250 18446744073709551615"
        let line = Array("123 (a) b (c) \(rest)".utf8)
        let use = ResourceUse(statusLine: line, pageBytes: 4_096)
        #expect(use?.memoryBytes == 250 * 4_096 && use?.threads == 9)
        #expect(use?.processorTicks == 12 && use?.startTicks == 4_242)
        let ended = Array("123 (x) Z\(rest.dropFirst())".utf8)
        #expect(ResourceUse(statusLine: ended, pageBytes: 4_096)?.isHeadless == true)
        let last = Array(
            "123 (x) Z\(rest.dropFirst().replacing(" 20 0 9 ", with: " 20 0 1 "))".utf8)
        #expect(ResourceUse(statusLine: last, pageBytes: 4_096) == nil)
        #expect(ResourceUse(statusLine: Array("123 (x) S 1".utf8), pageBytes: 4_096) == nil)
        #expect(ResourceUse(statusLine: [], pageBytes: 4_096) == nil)
    }

    @Test func `what is too much is named with the key that sets it`() {
        var limits = ResourceLimits()
        limits.memoryBytes = 100 << 20
        limits.threads = 8
        let memory = ResourceUse(memoryBytes: 101 << 20, threads: 1).excess(limits, module: "x")
        #expect(memory?.contains("more than 100 MiB of memory (101 MiB)") == true)
        #expect(memory?.contains("memory_mb in [modules.x]") == true)
        let threads = ResourceUse(memoryBytes: 0, threads: 9).excess(limits, module: "x")
        #expect(threads?.contains("more than 8 threads (9)") == true)
        #expect(ResourceUse(memoryBytes: 100 << 20, threads: 8).excess(limits, module: "x") == nil)
    }

    @Test func `room for descriptors is compared with the power of two that holds the limit`() {
        func excess(_ slots: Int, _ most: UInt64) -> String? {
            var limits = ResourceLimits()
            limits.descriptors = most
            let text = "Name:\tx\nFDSize:\t\(slots)\nGroups:\t0\n"
            return DescriptorSlots(status: Array(text.utf8))?.excess(limits)
        }
        #expect(excess(64, 1) == nil && excess(256, 200) == nil && excess(256, 256) == nil)
        #expect(excess(128, 64) == "it had more than 64 files and sockets open")
        #expect(excess(512, 129) == "it had more than 256 files and sockets open")
        #expect(DescriptorSlots(status: Array("Name:\tx\n".utf8)) == nil)
    }

    @Test func `what a module keeps is counted, and no link is followed`() throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b/c", "b/d/e"] {
            try Files.makeDirectories(Path.directory(of: folder.file(name)))
            try Files.replace(folder.file(name), with: [UInt8](repeating: 1, count: 1 << 20))
        }
        try Shell.run("ln -s / \(folder.file("b/link"))")
        let use = FolderUse(of: folder.path, bytesMax: 1 << 30)
        #expect(use.entries == 6 && use.bytes >= 3 << 20 && use.bytes < 4 << 20)
        var limits = ResourceLimits()
        limits.diskBytes = 4 << 20
        #expect(use.excess(of: "/x", limits, module: "m") == nil)
        limits.diskBytes = 2 << 20
        let excess = FolderUse(of: folder.path, bytesMax: limits.diskBytes)
            .excess(of: "/x", limits, module: "m")
        #expect(excess?.hasPrefix("module m keeps more than 2 MiB in /x") == true)
        try Shell.run("cd \(folder.path) && seq \(FolderUse.entriesMax + 1) | xargs touch")
        limits.diskBytes = 1 << 30
        let many = FolderUse(of: folder.path, bytesMax: limits.diskBytes)
            .excess(of: "/x", limits, module: "m")
        #expect(many?.hasPrefix("module m keeps more than 10000 files in /x") == true)
    }

    /// For whoever is root nothing is hidden.
    @Test(.enabled(if: geteuid() != 0))
    func `a module that hides what it keeps keeps too much`() throws {
        let folder = try TemporaryFolder()
        try Shell.run("mkdir \(folder.file("closed")) && chmod 300 \(folder.file("closed"))")
        let hidden = FolderUse(of: folder.path, bytesMax: 1 << 30)
            .excess(of: "/x", ResourceLimits(), module: "m")
        #expect(hidden?.contains("cannot be looked through") == true)
        try Shell.run("chmod 700 \(folder.file("closed"))")
    }

    @Test func `folders without end inside each other are too much`() throws {
        let folder = try TemporaryFolder()
        let deep = (0..<32).map { "\($0)" }.joined(separator: "/")
        try Files.makeDirectories(folder.file(deep))
        let limits = ResourceLimits()
        #expect(
            FolderUse(of: folder.path, bytesMax: 1 << 30).excess(of: "/x", limits, module: "m")
                == "module m keeps folders more than 32 deep in /x and its process was ended; it "
                + "works again when that is removed")
        let none = FolderUse(of: folder.file("none"), bytesMax: 1 << 30)
        #expect(none.excess(of: "/x", limits, module: "m") == nil && none.entries == 0)
    }

    @Test func `a process at work is ended while its module keeps too much`() throws {
        let folder = try TemporaryFolder()
        try Files.replace(folder.file("file"), with: [UInt8](repeating: 1, count: 2 << 20))
        let child = try ChildProcess.spawn(
            "/bin/sh", ["-c", "while :; do :; done"], ChildProcess.Options(environment: []))
        let handle = try ChildProcess.handle(of: child)
        defer {
            ChildProcess.signal(handle, SignalNumber.kill)
            _ = try? ChildProcess.wait(for: child)
        }
        var limits = ResourceLimits()
        limits.diskBytes = 1 << 20
        var walls = Walls(module: "m", strength: .required, rules: [], limits: limits)
        walls.ownFolder = folder.path
        let watch = ResourceWatch()
        defer { watch.stop() }
        let heard = Condition<String?>(nil)
        let watched = watch.add(process: child, walls) { _, sentence in
            heard.withLock { $0 = sentence }
            heard.broadcast()
        }
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        let sentence = heard.wait(untilNanoseconds: deadline) { $0 }
        #expect(sentence?.contains("keeps more than 1 MiB in \(folder.path)") == true)
        _ = watched
    }

    @Test func `of both counters of writing the larger counts`() {
        let text = "rchar: 1\nwchar: 500\nsyscr: 3\nwrite_bytes: 900\ncancelled_write_bytes: 0\n"
        #expect(WrittenBytes(counters: Array(text.utf8))?.bytes == 900)
        #expect(WrittenBytes(counters: Array("wchar: 5\n".utf8)) == nil)
    }

    @Test func `a budget of writing refills within an hour`() {
        let hour: UInt64 = 3_600_000_000_000
        var budget = DiskBudget()
        func spend(_ bytes: UInt64, of most: UInt64, nowNanoseconds now: UInt64) -> Bool {
            budget.spend(bytes, of: most, nowNanoseconds: now)
        }
        #expect(!spend(100, of: 100, nowNanoseconds: 10 * hour))
        #expect(spend(1, of: 100, nowNanoseconds: 10 * hour))
        #expect(!spend(40, of: 100, nowNanoseconds: 10 * hour + hour / 2))
        #expect(spend(30, of: 100, nowNanoseconds: 10 * hour + hour / 2))
        #expect(!spend(100, of: 100, nowNanoseconds: 20 * hour))
        // The clock never goes back, but nothing breaks if it did.
        #expect(spend(1, of: 100, nowNanoseconds: 19 * hour))
    }
}
