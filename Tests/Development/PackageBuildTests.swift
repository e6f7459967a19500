import KernelBase
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

    @Test func `a package is built when its sources change, and a mistake changes nothing`() throws {
        let bench = try DevelopmentBench()
        let package = try NewModule.make("greeter", .swift, in: bench.folder.path, kit: Self.kit)
        let source = Path.join(package.folder, "Sources/GreeterModule/Greeter.swift")
        bench.development.set([package.folder])
        guard case .built(_, let warnings) = bench.events.nextBuild() else {
            Issue.record("the package as it was made does not build: \(bench.events.all)")
            return
        }
        #expect(warnings.lines.isEmpty)
        #expect(bench.events.nextServing()?.module == "greeter")
        #expect(try bench.call("greeter", .json, #"{"name": "Ann"}"#) == "Hello, Ann!")

        try Self.change(source, "Hello, \\(", "Good day, \\(")
        #expect(bench.events.nextServing()?.isReload == true)
        #expect(try bench.call("greeter", .json, #"{"name": "Ann"}"#) == "Good day, Ann!")
        _ = bench.events.nextBuild()

        try Self.change(source, "joined(separator", "joined(separater")
        guard case .failed(_, let problems) = bench.events.nextBuild() else {
            Issue.record("the mistake was not found: \(bench.events.all)")
            return
        }
        #expect(problems.first.first?.file == "Sources/GreeterModule/Greeter.swift")
        #expect(problems.first.first?.line == 18)
        #expect(try bench.call("greeter", .json, #"{"name": "Ann"}"#) == "Good day, Ann!")

        try Self.change(source, "joined(separater", "joined(separator")
        try Self.change(source, "Good day, \\(", "Back, \\(")
        #expect(bench.events.nextServing()?.isReload == true)
        #expect(try bench.call("greeter", .json, #"{"name": "Ann"}"#) == "Back, Ann!")

        _ = bench.events.nextBuild()

        // Nothing that a build itself writes may begin the next one.
        let builds = bench.events.all.count { if case .package = $0 { true } else { false } }
        SystemThread.sleep(nanoseconds: 500_000_000)
        #expect(
            bench.events.all.count { if case .package = $0 { true } else { false } } == builds)

        bench.development.set([])
        #expect(bench.loader.slot("greeter")?.current == nil || bench.events.nextRetired())
    }

    @Test func `a missing toolchain is told once`() throws {
        let bench = try DevelopmentBench(program: nil)
        let one = try NewModule.make("one", .c, in: bench.folder.path, kit: Self.kit)
        let two = try NewModule.make("two", .c, in: bench.folder.path, kit: Self.kit)
        bench.development.set([one.folder, two.folder])
        let warnings = bench.events.all.filter { if case .warning = $0 { true } else { false } }
        #expect(warnings == [.warning(BuildTool.missing)])
    }

    @Test func `a program is ended with everything that it started`() throws {
        let folder = try TemporaryFolder()
        // The inner shell has a process group of its own, as compilers under a build tool do.
        let script = "set -m; sleep 600 & echo $! > \(folder.file("inner")); echo ready; wait"
        let program = CapturedProgram("/bin/bash", ["-c", script], in: folder.path)
        let ending = try program.run(seconds: 60) { line in
            if line == "ready" { program.end() }
        }
        #expect(ending == .wasEnded)
        let written = try Files.read(folder.file("inner"), bytesMax: 100)
        let inner = String(decoding: written, as: UTF8.self)
        let number = inner.filter(\.isNumber)
        // Gone, or ended and not yet asked after by its new parent.
        let isOver = {
            let line = try? Files.read("/proc/\(number)/stat", bytesMax: 4_096)
            return line.map { String(decoding: $0, as: UTF8.self).contains("(sleep) Z") } ?? true
        }
        for _ in 0..<1_000 where !isOver() { SystemThread.sleep(nanoseconds: 1_000_000) }
        #expect(isOver())
    }

    @Test func `a program that takes too long is ended`() throws {
        let program = CapturedProgram("/bin/sleep", ["600"], in: "/")
        #expect(try program.run(seconds: 0.1) { _ in } == .tookTooLong)
    }

    @Test func `what a program prints and how it ends is told`() throws {
        var lines: [String] = []
        let program = CapturedProgram("/bin/sh", ["-c", "echo a; printf b >&2; exit 3"], in: "/")
        #expect(try program.run(seconds: 60) { lines.append($0) } == .ended(.exited(code: 3)))
        #expect(lines == ["a", "b"])
    }
}

extension EventList {
    func nextRetired() -> Bool {
        next { event -> Bool? in
            if case .retired = event { true } else { nil }
        } ?? false
    }
}
