import KernelBase
import KernelBuilds
import KernelGenerations
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

    @Test func `after more changes than the system counts the last build serves, and it is told`()
        throws
    {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("answer")
        #expect(bench.answer == "one")
        // As long as one follower does not return, nobody takes events out of the queue.
        let gate = Condition(true)
        bench.loader.follow(bench.modules) { _ in _ = gate.wait { $0 ? true : nil } }
        try bench.barrier()
        gate.withLock { $0 = false }
        let text = try Shell.run("cat /proc/sys/fs/inotify/max_queued_events")
        let limit = try #require(Int(text.dropLast()))
        for number in 0...(limit / 2 + 1_000) {
            try Files.replace(bench.path("noise-\(number % 2)"), with: [])
        }
        try bench.install("answer", defining: ["FIXTURE_ANSWER=\"two\""])
        gate.withLock { $0 = true }
        gate.broadcast()
        _ = try bench.nextServing()
        #expect(bench.answer == "two")
        let warnings = bench.events.events.compactMap { event -> String? in
            if case .warning(let text) = event { text } else { nil }
        }
        #expect(warnings.count == 1 && warnings[0].contains("max_queued_events"), "\(warnings)")
    }
}
