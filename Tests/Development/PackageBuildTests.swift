import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import Testing

@testable import KernelDevelopment

/// With the real toolchain, on packages made from the templates.
@Suite(.serialized, .blocking) struct PackageBuildTests {
    private static let kit = KitFolder(path: Fixture.repository)

    private static func change(_ file: String, _ old: String, _ new: String) throws {
        let text = String(decoding: try Files.read(file, bytesMax: 1 << 20), as: UTF8.self)
        #expect(text.contains(old))
        try Files.replace(file, with: Array(text.replacing(old, with: new).utf8))
    }

    @Test func `a package is built when its sources change, and a mistake changes nothing`() throws
    {
        let bench = try DevelopmentBench()
        let events = bench.events
        let package = try NewModule.make("greeter", .swift, in: bench.folder.path, kit: Self.kit)
        let source = Path.join(package.folder, "Sources/GreeterModule/Greeter.swift")
        let greet = { try bench.call("greeter", .json, #"{"name": "Ann", "times": 1}"#) }
        bench.development.set([package.folder])
        guard case .built(_, let warnings) = events.build(after: 0) else {
            Issue.record("the package as it was made does not build: \(events.all)")
            return
        }
        #expect(warnings.lines.isEmpty)
        #expect(events.serving(after: 0)?.module == "greeter")
        #expect(try greet() == "Hello, Ann!")

        var mark = events.all.count
        try Self.change(source, "Hello, \\(", "Good day, \\(")
        #expect(events.serving(after: mark)?.isReload == true)
        #expect(try greet() == "Good day, Ann!")
        _ = events.build(after: mark)

        mark = events.all.count
        try Self.change(source, "joined(separator", "joined(separater")
        guard case .failed(_, let problems) = events.build(after: mark) else {
            Issue.record("the mistake was not found: \(events.all)")
            return
        }
        #expect(problems.first.first?.file == "Sources/GreeterModule/Greeter.swift")
        #expect(problems.first.first?.line == 18)
        #expect(try greet() == "Good day, Ann!")

        mark = events.all.count
        try Self.change(source, "joined(separater", "joined(separator")
        try Self.change(source, "Good day, \\(", "Back, \\(")
        #expect(events.serving(after: mark)?.isReload == true)
        #expect(try greet() == "Back, Ann!")
        _ = events.build(after: mark)

        // Nothing that a build itself writes may begin the next one: while the module is retired
        // there is time enough for the watcher to tell of it.
        mark = events.all.count
        bench.development.set([])
        #expect(events.isRetired(after: mark))
        let builds = events.all.dropFirst(mark).filter {
            if case .package = $0 { true } else { false }
        }
        #expect(builds.isEmpty)
    }

    @Test func `a missing toolchain is told once`() throws {
        let bench = try DevelopmentBench(program: nil)
        let one = try NewModule.make("one", .c, in: bench.folder.path, kit: Self.kit)
        let two = try NewModule.make("two", .c, in: bench.folder.path, kit: Self.kit)
        bench.development.set([one.folder, two.folder])
        let warnings = bench.events.all.filter { if case .warning = $0 { true } else { false } }
        #expect(warnings == [.warning(BuildTool.missing)])
    }

    /// Stands in for swift: its first build never ends.
    private static let slowToolchain = """
        #!/bin/sh
        if [ "$1" = package ]; then
            echo '{"name": "slow", "products": [], "targets": []}'
        elif [ ! -e begun ]; then
            touch begun
            sleep 600
        fi
        """

    @Test func `a build of old sources is ended when they change again`() throws {
        let folder = try TemporaryFolder()
        let program = folder.file("swift")
        try Files.replace(program, with: Array(Self.slowToolchain.utf8), permissions: 0o700)
        let package = folder.file("slow")
        try Files.makeDirectories(package)
        try Files.replace(Path.join(package, "Package.swift"), with: [])
        let bench = try DevelopmentBench(program: program)
        bench.development.set([package])
        #expect(bench.events.isBuilding(after: 0))
        let mark = bench.events.all.count
        try Files.replace(Path.join(package, "Package.swift"), with: [10])
        guard case .built = bench.events.build(after: mark) else {
            Issue.record("the newer sources were not built: \(bench.events.all)")
            return
        }
    }

    @Test func `a shutdown does not wait for a build`() throws {
        let folder = try TemporaryFolder()
        let program = folder.file("swift")
        try Files.replace(program, with: Array(Self.slowToolchain.utf8), permissions: 0o700)
        let package = folder.file("slow")
        try Files.makeDirectories(package)
        try Files.replace(Path.join(package, "Package.swift"), with: [])
        let bench = try DevelopmentBench(program: program)
        bench.development.set([package])
        #expect(bench.events.isBuilding(after: 0))
        let mark = bench.events.all.count
        bench.development.stop()
        #expect(bench.events.all.count == mark)
    }

    @Test func `a program is ended with everything that it started`() throws {
        let folder = try TemporaryFolder()
        // The inner shell has a process group of its own, as compilers under a build tool do.
        let script = "set -m; sleep 600 & echo $! > \(folder.file("inner")); echo ready; wait"
        let program = CapturedProgram(
            "/bin/bash", ["-c", script], in: folder.path, scratch: folder.file("scratch"))
        let ending = try program.run(seconds: 60) { line in
            if line == "ready" { program.end() }
        }
        #expect(ending == .wasEnded)
        let written = try Files.read(folder.file("inner"), bytesMax: 100)
        let inner = String(decoding: written, as: UTF8.self)
        let number = inner.filter(\.isNumber)
        // A process that has ended can no longer be watched, or is seen to end at once.
        guard let handle = try? ChildProcess.handle(of: Int32(number) ?? 0) else { return }
        let poller = try Poller()
        try poller.add(handle.raw, token: 1)
        #expect(try poller.wait(timeoutMilliseconds: 10_000) == [1])
    }

    @Test func `a program that takes too long is ended`() throws {
        let folder = try TemporaryFolder()
        let program = CapturedProgram(
            "/bin/sleep", ["600"], in: "/", scratch: folder.file("scratch"))
        #expect(try program.run(seconds: 0.1) { _ in } == .tookTooLong)
    }

    @Test func `what a program prints and how it ends is told`() throws {
        let folder = try TemporaryFolder()
        var lines: [String] = []
        let program = CapturedProgram(
            "/bin/sh", ["-c", "echo a; printf b >&2; exit 3"], in: "/",
            scratch: folder.file("scratch"))
        #expect(try program.run(seconds: 60) { lines.append($0) } == .ended(.exited(code: 3)))
        #expect(lines == ["a", "b"])
    }

    @Test func `what a program leaves in its temporary folder is gone after it`() throws {
        let folder = try TemporaryFolder()
        var lines: [String] = []
        let program = CapturedProgram(
            "/bin/sh", ["-c", "mktemp -d"], in: "/", scratch: folder.file("scratch"))
        #expect(try program.run(seconds: 60) { lines.append($0) }.isSuccess)
        #expect(lines.count == 1 && lines.allSatisfy { $0.hasPrefix(folder.file("scratch/")) })
        #expect(!Files.exists(folder.file("scratch")))
    }
}
