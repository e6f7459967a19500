import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import Testing

/// The files of modules: how they come, change and go.
@Suite(.blocking) struct ModuleFileTests {
    @Test func `a module is found, called, replaced and removed`() throws {
        let bench = try KernelBench()
        try bench.install("answer")
        try bench.watch()
        #expect(try !bench.nextServing().isReload)
        #expect(bench.answer == "one")
        #expect(try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"two\""]).isReload)
        #expect(bench.answer == "two")
        try Files.remove(bench.path("module.so"))
        _ = bench.events.next { if case .retired = $0 { true } else { nil } }
        #expect(bench.call("fixture.answer").status == .notFound)
    }

    @Test func `two files of one module: the nearer one serves, and the other when it goes`() throws
    {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("answer", as: "b.so", defining: ["FIXTURE_ANSWER=\"b\""])
        try bench.serve("answer", as: "a.so", defining: ["FIXTURE_ANSWER=\"a\""])
        #expect(bench.answer == "a")
        try bench.install("answer", as: "c.so", defining: ["FIXTURE_ANSWER=\"c\""])
        let shadowed = bench.events.next { event -> String? in
            if case .shadowed(_, _, let by) = event { by } else { nil }
        }
        #expect(shadowed == bench.path("a.so"))
        try Files.remove(bench.path("a.so"))
        _ = try bench.nextServing()
        #expect(bench.answer == "b")
    }

    @Test func `a start serves what it knows, without a probe`() throws {
        let folder = try TemporaryFolder()
        let first = try KernelBench(remembering: folder)
        try first.watch()
        try first.serve("answer")
        first.loader.writeIndex()
        let second = try KernelBench(remembering: folder)
        second.loader.add([.init(first.modules, .folder, .user)])
        #expect(second.events.events.isEmpty)
        #expect(second.answer == "one")
    }

    @Test func `a start takes a copy in again that was cut, and refuses one that was changed`()
        throws
    {
        let folder = try TemporaryFolder()
        let first = try KernelBench(remembering: folder)
        try first.watch()
        let build = try first.serve("answer")
        let copy = try #require(first.loader.slot(build.module)?.current?.build.path)

        try Shell.run("truncate -s 1000 \(copy)")
        first.loader.writeIndex()
        let second = try KernelBench(remembering: folder)
        second.loader.add([.init(first.modules, .folder, .user)])
        _ = try second.nextServing()
        #expect(try Files.status(copy).bytes > 1_000)

        // Of the same size, so that only its content tells.
        try Shell.run("dd if=/dev/zero of=\(copy) bs=1024 seek=1 count=2 conv=notrunc")
        second.loader.writeIndex()
        let third = try KernelBench(remembering: folder)
        third.loader.add([.init(first.modules, .folder, .user)])
        #expect(third.answer.contains("is damaged"))
        #expect(third.answer.contains("touch \(first.path("module.so"))"))
    }
}
