import KernelSystem
import KernelTesting
import Testing

/// A package in the making beside a kernel for development, as its author has it.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PackageTerminalTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private var package: String { home.folder.file("greeter") }
    private var source: String { Path.join(package, "Sources/GreeterModule/greeter.c") }

    private func change(_ old: String, _ new: String) throws {
        let text = String(decoding: try Files.read(source, bytesMax: 1 << 20), as: UTF8.self)
        try #require(text.contains(old))
        try Files.replace(source, with: Array(text.replacing(old, with: new).utf8))
    }

    /// As the author does in another terminal.
    private func build() throws -> LiveProgram.Ended {
        try home.start(
            program: try Program.inPath("swift"), ["build"], input: .file("/dev/null"),
            with: KernelHome.Extras(folder: package)
        ).waitForEnd(withinSeconds: 300)
    }

    @Test func `what swift build makes answers at once, and a mistake changes nothing`() throws {
        let made = try home.run(["module", "new", "greeter", "--c", "--add"])
        try #require(made.status == .exited(code: 0), "\(made.errors)")
        #expect(try build().status == .exited(code: 0))
        let live = try LiveTerminal(home, variables: ["KERNEL_DEV_BUILD": "false"])
        try live.waitForPrompt()
        try live.waitForLine(with: "greeter 0.1.0")
        try live.type("greeter.lines one")
        try live.waitForLine(with: "0 lines")

        try change("%llu lines", "%llu rows")
        #expect(try build().status == .exited(code: 0))
        try live.waitForLine(with: "greeter 0.1.0 reloaded: generation 2")
        try live.type("greeter.lines two")
        try live.waitForLine(with: "0 rows")

        try change("*self = instance;", "*self = instance")
        let failed = try build()
        #expect(failed.status != .exited(code: 0))
        #expect((failed.output + failed.errors).contains("greeter.c:"))
        try live.type("greeter.lines three")
        try live.wait { lines in lines.count { $0 == "0 rows" } == 2 }
        try live.type("/quit")
        #expect(try live.waitForEnd() == .exited(code: 0))
    }

    @Test func `the kernel builds what is saved, and a mistake appears with its place`() throws {
        let made = try home.run(["module", "new", "greeter", "--c", "--add"])
        try #require(made.status == .exited(code: 0), "\(made.errors)")
        let live = try LiveTerminal(home)
        try live.waitForPrompt()
        try live.waitForLine(with: "greeter 0.1.0", withinSeconds: 300)
        try change("*self = instance;", "*self = instance")
        let line = try live.waitForLine(with: "greeter.c:", withinSeconds: 300)
        #expect(line.contains { $0.isNumber }, "\(line)")
        try live.type("greeter.lines one")
        try live.waitForLine(with: "0 lines")
        try change("*self = instance", "*self = instance;")
        try change("%llu lines", "%llu rows")
        try live.waitForLine(with: "reloaded: generation 2", withinSeconds: 300)
        try live.type("greeter.lines two")
        try live.waitForLine(with: "0 rows")
        try live.type("/quit")
        #expect(try live.waitForEnd() == .exited(code: 0))
    }
}
