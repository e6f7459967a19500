import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import Testing

/// Files as real tools write them: one reload for each real change, none for anything else, and
/// what is mapped is never touched by whatever happens to the file.
@Suite(.blocking) struct WriterTests {
    struct Writer: Sendable, CustomTestStringConvertible {
        let name: String
        /// A command line in which $NEW is a fresh build and $MODULE the file that is watched.
        let line: String

        var testDescription: String { name }

        init(_ name: String, _ line: String) {
            self.name = name
            self.line = line
        }
    }

    /// It waits for tools as the product does.
    private static func bench() throws -> KernelBench {
        try KernelBench.watched { $0.loader.removedSeconds = Double(Settling.removedQuiet) / 1e9 }
    }

    private static let replacing = [
        Writer("cp over the live file", "cp $NEW $MODULE"),
        Writer("cp after removing", "rm $MODULE; cp $NEW $MODULE"),
        Writer("install", "install $NEW $MODULE"),
        Writer("a new file renamed over it", "cp $NEW $MODULE.new; mv $MODULE.new $MODULE"),
        Writer("mv from another folder", "mv $NEW $MODULE"),
        Writer("a hard link renamed over it", "ln $NEW $MODULE.link; mv -f $MODULE.link $MODULE"),
        Writer("a symbolic link put in its place", "ln -sfn $NEW $MODULE"),
        Writer("cat in pieces", "head -c 4000 $NEW > $MODULE; tail -c +4001 $NEW >> $MODULE"),
        Writer("cp and chmod", "cp $NEW $MODULE; chmod 755 $MODULE"),
        Writer("cp and touch", "cp $NEW $MODULE; touch $MODULE"),
        Writer("cp, then strip in place", "cp $NEW $MODULE; strip $MODULE"),
        Writer("cp, then objcopy in place", "cp $NEW $MODULE; objcopy -R .comment $MODULE"),
        Writer("cp twice", "cp $NEW $MODULE; cp $NEW $MODULE"),
        Writer("O_TRUNC, then written", ": > $MODULE; cat $NEW > $MODULE"),
    ]

    @Test(arguments: replacing)
    func `a replaced file is loaded once`(writer: Writer) throws {
        let bench = try Self.bench()
        try bench.serve("answer")
        #expect(bench.answer == "one")
        let fresh = try bench.build("answer", defining: ["FIXTURE_ANSWER=\"two\""])
        try Self.run(writer.line, new: fresh, module: bench.path("module.so"))
        #expect(try bench.nextServing().isReload)
        #expect(bench.answer == "two")
        try bench.barrier()
        #expect(bench.reloads().count == 2, "\(bench.events.events)")
        #expect(bench.answer == "two")
    }

    private static let harmless = [
        Writer("touch", "touch $MODULE"),
        Writer("chmod", "chmod 700 $MODULE"),
        Writer("an identical copy over it", "cp $MODULE $MODULE.same; cp $MODULE.same $MODULE"),
        Writer(
            "an identical copy renamed over it", "cp $MODULE $MODULE.new; mv $MODULE.new $MODULE"),
        Writer("a hard link to it", "ln $MODULE $MODULE.link"),
        Writer("opened for writing and closed", ": >> $MODULE"),
        Writer("a file of another kind beside it", "cp $MODULE $MODULE.bak; echo x > $MODULE.txt"),
        Writer("a hidden library beside it", "cp $MODULE $(dirname $MODULE)/.hidden.so"),
        Writer("away and back", "mv $MODULE $MODULE.away; mv $MODULE.away $MODULE"),
    ]

    @Test(arguments: harmless)
    func `what changes nothing loads nothing`(writer: Writer) throws {
        let bench = try Self.bench()
        try bench.serve("answer")
        #expect(bench.answer == "one")
        try Self.run(writer.line, new: "", module: bench.path("module.so"))
        try bench.barrier()
        #expect(bench.reloads().count == 1, "\(bench.events.events)")
        #expect(bench.answer == "one")
    }

    @Test func `clang and its linker write a module in place, once and again`() throws {
        let bench = try Self.bench()
        for answer in ["one", "two", "three"] {
            try Fixture.buildAnew(
                "answer", defining: ["FIXTURE_ANSWER=\"\(answer)\""],
                to: bench.path("module.so"))
            _ = try bench.nextServing()
            #expect(bench.answer == answer)
        }
        try bench.barrier()
        #expect(bench.reloads().count == 3, "\(bench.events.events)")
    }

    @Test(.enabled(if: Shell.succeeds("command -v gcc")))
    func `gcc and ld write a module in place, once and again`() throws {
        let bench = try Self.bench()
        let root = Fixture.repository
        for answer in ["one", "two"] {
            try Shell.run(
                "gcc -shared -fPIC -I\(root)/Sources/ModuleABI/C/include "
                    + "-DFIXTURE_ANSWER='\"\(answer)\"' \(root)/Tests/Modules/answer.c "
                    + "-o \(bench.path("module.so"))")
            _ = try bench.nextServing()
            #expect(bench.answer == answer)
        }
        try bench.barrier()
        #expect(bench.reloads().count == 2, "\(bench.events.events)")
    }

    @Test func `swiftc writes a module in place, once and again`() throws {
        let bench = try Self.bench()
        for answer in ["one", "two"] {
            try Fixture.buildSwift("greeting", answer: answer, to: bench.path("module.so"))
            _ = try bench.nextServing()
            #expect(bench.answer == answer)
        }
        try bench.barrier()
        #expect(bench.reloads().count == 2, "\(bench.events.events)")
    }

    // MARK: Violence against the file that serves

    private static let violence = [
        Writer("truncated while loaded", ": > $MODULE"),
        Writer("cut at 1000", "truncate -s 1000 $MODULE"),
        Writer("cut at 5000", "truncate -s 5000 $MODULE"),
        Writer("cut at 8200", "truncate -s 8200 $MODULE"),
        Writer("overwritten with text", "echo hello > $MODULE"),
        Writer("overwritten with another program", "cp /bin/true $MODULE"),
        Writer("overwritten with an object file", "cp $NEW.o $MODULE"),
    ]

    @Test(arguments: violence)
    func `a file that is spoilt while it serves is refused, and its copy goes on`(
        writer: Writer
    ) throws {
        let bench = try Self.bench()
        // Larger than every cut.
        try bench.serve("answer", defining: ["FIXTURE_PADDING=20000"])
        #expect(bench.answer == "one")
        try Fixture.compile(["-c", "-x", "c", "/dev/null", "-o", bench.folder.file("new.o")])
        try Self.run(
            writer.line, new: bench.folder.file("new"), module: bench.path("module.so"))
        let refused = try bench.nextRefused()
        #expect(refused.step == "take the file in")
        #expect(refused.stillServing == 1)
        #expect(bench.answer == "one")
        // A rebuild is taken.
        try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"two\""])
        #expect(bench.answer == "two")
    }

    @Test func `a refused file is not tried again until it changes`() throws {
        let bench = try Self.bench()
        _ = try bench.refusal("hazard", defining: ["HAZARD_CREATE=crash()"])
        // Long enough ago that its times tell whether it has changed.
        let changed = try Files.status(bench.path("module.so")).changedNanoseconds
        try waitFor("the file to be a moment old") {
            Int64(clamping: SystemClock.wallNanoseconds) > changed + 150_000_000
        }
        try Shell.run(": < \(bench.path("module.so"))")
        try Shell.run("cp \(bench.path("module.so")) \(bench.path("module.txt"))")
        try bench.barrier()
        func refusals() -> Int {
            bench.events.events.filter { if case .refused = $0 { true } else { false } }.count
        }
        #expect(refusals() == 1)
        try Shell.run("touch \(bench.path("module.so"))")
        _ = try bench.nextRefused()
        #expect(refusals() == 2)
    }

    private static func run(_ line: String, new: String, module: String) throws {
        try Shell.run(
            "NEW=\(new) MODULE=\(module); \(line)")
    }
}
