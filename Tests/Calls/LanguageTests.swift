import Glibc
import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import KernelWorkers
import Testing

/// What the runtimes of other languages, and glibc, do when several builds of one library are
/// mapped.
@Suite(.blocking) struct LanguageTests {
    /// A kernel that serves what `build` put beside its modules' folder, and then again.
    private func bench(
        _ answers: [String], _ build: (String, String) throws -> Void
    ) throws -> KernelBench {
        let bench = try KernelBench()
        try bench.watch()
        for answer in answers {
            try replace(bench, answer, build)
            _ = try bench.nextServing()
            // Used before it is replaced, so that it is mapped in this process.
            _ = bench.answer
        }
        return bench
    }

    private func replace(
        _ bench: KernelBench, _ answer: String, _ build: (String, String) throws -> Void
    ) throws {
        try build(answer, bench.folder.file("fresh.so"))
        try Files.rename(bench.folder.file("fresh.so"), to: bench.path("module.so"))
    }

    // MARK: Swift

    @Test func `two builds of a Swift module each use their own types`() throws {
        let bench = try bench(["one"]) { try Fixture.buildSwift("greeting", answer: $0, to: $1) }
        #expect(bench.call("fixture.own-types").text == "a box of one")
        #expect(bench.call("fixture.by-name").text == "8")
        try replace(bench, "two") {
            try Fixture.buildSwift("greeting", answer: $0, second: true, to: $1)
        }
        _ = try bench.nextServing()
        #expect(bench.answer == "two")
        #expect(bench.call("fixture.own-types").text == "a box of two")
    }

    /// Documented: the runtime takes the first conformance and the first type of a name that it
    /// has seen. docs/module-tutorial.md tells authors to do without both.
    @Test
    func `a conformance that is not the module's own, and a type by name, are the first build's`()
        throws
    {
        let bench = try bench(["one"]) { try Fixture.buildSwift("greeting", answer: $0, to: $1) }
        let before = bench.call("fixture.shadow").text
        #expect(before.hasPrefix("static one, dynamic "))
        let size = bench.call("fixture.by-name").text
        try replace(bench, "two") {
            try Fixture.buildSwift("greeting", answer: $0, second: true, to: $1)
        }
        _ = try bench.nextServing()
        let dynamic = before.split(separator: " ").last ?? ""
        #expect(bench.call("fixture.shadow").text == "static two, dynamic \(dynamic)")
        #expect(bench.call("fixture.by-name").text == size)
    }

    /// Types of the same name are different ones: what must go over goes as bytes.
    @Test func `an object of the build before is none of the next one's types`() throws {
        let bench = try bench(["one"]) { try Fixture.buildSwift("greeting", answer: $0, to: $1) }
        #expect(bench.call("fixture.keepsake").text == "ours")
        try replace(bench, "two") { try Fixture.buildSwift("greeting", answer: $0, to: $1) }
        _ = try bench.nextServing()
        #expect(bench.call("fixture.keepsake").text == "Keepsake, not ours")
    }

    @Test func `a Swift module runs tasks in this process and in workers, again and again`() throws
    {
        let bench = try bench(["one"]) { try Fixture.buildSwift("greeting", answer: $0, to: $1) }
        #expect(bench.call("fixture.async").text == "55")
        for _ in 1...20 {
            #expect(bench.call("fixture.async-process").text == "55")
            // A worker of its own for each: the zygote must stay one that can be forked.
            bench.loader.slot("fixture")?.current?.workers.renew()
        }
    }

    // MARK: C++

    @Test(arguments: ["clang++", "g++"].filter { Shell.succeeds("command -v \($0)") })
    func `a C++ module with unique symbols and thread-local objects is replaced`(
        compiler: String
    ) throws {
        let bench = try bench(["one", "two"]) {
            try Fixture.buildCxx("unique", compiler: compiler, answer: $0, to: $1)
        }
        let text = bench.answer
        #expect(text.hasPrefix("two "))
        // glibc gives every build the first one's copy of a unique symbol; else each has its own.
        #expect(text == (compiler == "g++" ? "two 3" : "two 2"))
    }

    // MARK: Rust, Go

    @Test func `a module with a runtime of its own, as Rust and Go have, is replaced`() throws {
        let bench = try bench([]) { _, _ in }
        for answer in ["one", "two", "three"] {
            try bench.serve("runtime", defining: ["FIXTURE_ANSWER=\"\(answer)\""])
            #expect(bench.answer == answer)
        }
    }

    @Test(.enabled(if: Shell.succeeds("command -v rustc")))
    func `a Rust module with thread-local values is replaced`() throws {
        let bench = try bench(["one", "two"]) {
            try Fixture.buildRust("module", answer: $0, to: $1)
        }
        #expect(bench.answer == "two")
    }

    // MARK: The system's loader

    @Test func `a module that closes itself stays mapped`() throws {
        let bench = try bench(["one", "two"]) {
            try Fixture.build("sabotage", defining: ["FIXTURE_ANSWER=\"\($0)\""], to: $1)
        }
        #expect(bench.answer == "two")
        #expect(bench.answer == "two")
    }

    @Test
    func `the second of two private helpers of one name would be the first, so that it is refused`()
        throws
    {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("answer")
        for number in 1...2 {
            let folder = bench.folder.file("helper-\(number)")
            try Files.makeDirectories(folder)
            try Files.replace(
                Path.join(folder, "helper.c"),
                with: Array("const char *helper_answer(void) { return \"\(number)\"; }".utf8))
            let helper = Path.join(folder, "libhelper.so")
            try Fixture.compile([
                "-shared", "-fPIC", "-Wl,-soname,libhelper.so", "-fuse-ld=lld",
                Path.join(folder, "helper.c"), "-o", helper,
            ])
            let linked = try bench.refusal(
                "helped", linking: [helper, "-Wl,-rpath,\(folder)"])
            #expect(linked.step == "take the file in")
            #expect(linked.reason.contains("needs libhelper.so, which it takes from \(folder)"))
            // Without a path it would be looked for among the system's, where it is not.
            let lost = try bench.refusal("helped", linking: [helper])
            #expect(lost.reason.contains("not in the system's folders"))
        }
        #expect(bench.answer == "one")
    }

    /// glibc takes a library of a path that it has opened before for the one that it has: memory
    /// files have only the number of their descriptor for a name, which is given out again.
    @Test func `a file behind a descriptor whose number is used again is another build`() throws {
        let bench = try KernelBench()
        try bench.watch()
        let spare = try FileDescriptor.open("/dev/null", .read)
        let number = spare.raw
        func put(_ answer: String) throws {
            let built = try bench.build("answer", defining: ["FIXTURE_ANSWER=\"\(answer)\""])
            let file = try SharedMemory.file(holding: Files.read(built, bytesMax: 1 << 24))
            try #require(dup2(file.raw, number) == number)
        }
        try put("one")
        let path = "/proc/\(ProcessFacts.id)/fd/\(number)"
        try Shell.run("ln -s \(path) \(bench.path("module.so"))")
        _ = try bench.nextServing()
        #expect(bench.answer == "one")
        try put("two")
        #expect(bench.loader.reload("fixture"))
        _ = try bench.nextServing()
        #expect(bench.answer == "two")
        _ = consume spare
    }

    @Test func `what an old build has left in the process still works for the next one`() throws {
        let folder = try TemporaryFolder()
        let bench = try bench(["one", "two"]) {
            try Fixture.build(
                "heirloom",
                defining: [
                    "FIXTURE_ANSWER=\"\($0)\"", "HEIRLOOM_FILE=\"\(folder.file("left"))\"",
                ], to: $1)
        }
        // The new build calls the function, and reads the memory, of the old one's object.
        #expect(bench.answer == "two after one")
    }

    @Test func `initial-exec thread-local storage is refused every time, and costs nothing`() throws
    {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("answer")
        for number in 1...30 {
            let refused = try bench.refusal(
                "initial_exec", defining: ["FIXTURE_ANSWER=\"\(number)\""])
            #expect(refused.reason.contains("initial-exec"))
        }
        try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(bench.answer == "two")
    }

    @Test func `a file for another processor is refused by that`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try bench.serve("answer")
        // The machine's number, at byte 18, becomes that of RISC-V.
        let built = try bench.build("answer")
        try Shell.run("printf '\\363' | dd of=\(built) bs=1 seek=18 conv=notrunc")
        try Files.rename(built, to: bench.path("module.so"))
        #expect(try bench.nextRefused().reason.contains("another processor (machine 243)"))
        #expect(bench.answer == "one")
    }

    @Test func `a library without the entry, or with a hidden one, is refused by that`() throws {
        let bench = try KernelBench()
        try bench.watch()
        try Fixture.compile([
            "-shared", "-x", "c", "/dev/null", "-o", bench.folder.file("none.so"),
        ])
        try Files.rename(bench.folder.file("none.so"), to: bench.path("module.so"))
        let refused = try bench.nextRefused()
        #expect(refused.step == "probe: agree on the contract")
        #expect(refused.reason.contains("no symbol module_entry"))
        #expect(refused.stillServing == nil && refused.module == nil)
    }
}
