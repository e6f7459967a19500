import KernelBase
import KernelBuilds
import KernelLoader
import KernelSystem
import KernelTesting
import Testing

/// What the machine may do to the loader: folders that come and go, a store that
/// cannot be written.
@Suite(.blocking) struct MachineTests {
    @Test func `a folder that is removed and made again is followed`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("answer")
        for answer in ["two", "three"] {
            try Files.removeTree(bench.modules)
            let retired = bench.events.next { event -> String? in
                if case .retired(let module, _) = event { module } else { nil }
            }
            #expect(retired == "fixture")
            #expect(bench.call("fixture.answer").status == .notFound)
            try Files.makeDirectories(bench.modules)
            try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"\(answer)\""])
            #expect(bench.answer == answer)
        }
    }

    @Test func `a folder that is renamed away and back is followed`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("answer")
        let away = bench.folder.file("away")
        try Files.rename(bench.modules, to: away)
        _ = bench.events.next { if case .retired = $0 { true } else { nil } }
        #expect(bench.call("fixture.answer").status == .notFound)
        // What happens in the folder that is away is nobody's business.
        try Files.removeTree(Path.join(away, "module.so"))
        let built = try bench.build("answer", defining: ["FIXTURE_ANSWER=\"two\""])
        try Files.rename(built, to: Path.join(away, "module.so"))
        try Files.rename(away, to: bench.modules)
        _ = try bench.nextServing()
        #expect(bench.answer == "two")
        try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"three\""])
        #expect(bench.answer == "three")
    }

    @Test func `a folder that does not exist yet is waited for, however deep`() throws {
        let bench = try KernelBench()
        let deep = bench.folder.file("a/b/c")
        bench.loader.add([.init(deep, .folder, .user)])
        try bench.watch()
        let built = try bench.build("answer")
        try Files.makeDirectories(deep)
        try Files.rename(built, to: Path.join(deep, "module.so"))
        _ = try bench.nextServing()
        #expect(bench.answer == "one")
    }

    @Test func `the folder of the watcher itself may be removed`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try Files.removeTree(bench.folder.file("watch"))
        try bench.serve("answer")
        #expect(bench.answer == "one")
    }

    @Test func `a store in a place that is a file says so, and serves once it is mended`() throws {
        let bench = try KernelBench()
        try Files.replace(bench.folder.file("store"), with: [])
        try bench.watch()
        let refused = try bench.refusal("answer")
        #expect(refused.step == "take the file in")
        #expect(refused.reason.contains(bench.folder.file("store")), "\(refused.reason)")
        try Files.remove(bench.folder.file("store"))
        try Shell.run("touch \(bench.path("module.so"))")
        _ = try bench.nextServing()
        #expect(bench.answer == "one")
    }

    @Test func `what is no file, or cannot be read, is refused by what it is`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try Shell.run("mkfifo \(bench.folder.file("pipe"))")
        try Files.rename(bench.folder.file("pipe"), to: bench.path("module.so"))
        #expect(try bench.nextRefused().reason.contains("not a file"))
        try Shell.run("ln -sfn /nowhere \(bench.path("module.so"))")
        try bench.serve("answer")
        #expect(bench.answer == "one")
    }

    // MARK: Mounts

    struct Mount: Sendable {
        let options: String
        let remount: String
        let words: [String]
    }

    private static let canMount: Bool = {
        guard let folder = try? TemporaryFolder("kernel-mount") else { return false }
        return Shell.succeeds("mount -t tmpfs -o size=64k none \(folder.path)")
            && Shell.succeeds("umount \(folder.path)")
    }()

    @Test(
        .enabled(if: canMount),
        arguments: [
            Mount(options: "size=4k", remount: "size=16m", words: ["No space left", "free some"]),
            Mount(options: "ro", remount: "rw", words: ["Read-only", "must be writable"]),
            Mount(options: "noexec", remount: "exec", words: ["noexec", "XDG_STATE_HOME"]),
        ])
    func `a store that is full, read-only or noexec says so, and the old build serves`(
        mount: Mount
    ) throws {
        let mounted = try MountedFolder()
        let bench = try KernelBench { $0.loader.storeFolder = mounted.path }
        try bench.watch()
        try bench.serve("answer")
        #expect(bench.answer == "one")
        // The copy that serves stays below; new ones go to the mount.
        try mounted.mount(mount.options)
        let refused = try bench.refusal(
            "answer", defining: ["FIXTURE_ANSWER=\"two\"", "FIXTURE_BALLAST=8192"])
        for word in mount.words { #expect(refused.reason.contains(word), "\(refused.reason)") }
        #expect(refused.stillServing == 1)
        #expect(bench.answer == "one")
        try mounted.remount(mount.remount)
        try Shell.run("touch \(bench.path("module.so"))")
        _ = try bench.nextServing()
        #expect(bench.answer == "two")
    }

    private final class MountedFolder: Sendable {
        private let folder: TemporaryFolder
        var path: String { folder.path }

        init() throws {
            folder = try TemporaryFolder("kernel-mount")
        }

        func mount(_ options: String) throws {
            try Shell.run("mount -t tmpfs -o \(options) none \(path)")
        }

        func remount(_ options: String) throws {
            try Shell.run("mount -o remount,\(options) \(path)")
        }

        deinit {
            // Lazily: what was mapped from it stays mapped in this process.
            _ = try? Shell.run("umount -l \(path)")
        }
    }
}
