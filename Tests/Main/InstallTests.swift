import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// The kernel where `dev/install` puts it.
struct InstallTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    @Test func `an installed kernel finds its programs, its modules and its kit`() throws {
        let prefix = home.folder.file("usr")
        let binaries = Path.directory(of: try Program.built("kernel"))
        let installed = try Program.run(
            Path.join(Fixture.repository, "dev/install"),
            ["--from", binaries, "--prefix", prefix])
        try #require(installed.status == .exited(code: 0), "\(installed.output)")
        let kernel = Path.join(prefix, "bin/kernel")
        func run(_ arguments: [String]) throws -> LiveProgram.Ended {
            try home.start(program: kernel, arguments, input: .file("/dev/null")).waitForEnd()
        }
        let listed = try JSON(parsing: run(["modules", "--json"]).output)
        let ids = Set((listed.array ?? []).compactMap { $0["id"]?.string })
        #expect(
            ids == ["fs", "system", "apps", "openai", "ollama", "anthropic", "gemini"],
            "\(listed.text)")
        let made = try run(["module", "new", "hello", "--json"])
        #expect(made.status == .exited(code: 0), "\(made.errors)")
        let folder = try #require(try JSON(parsing: made.output)["folder"]?.string)
        #expect(folder == home.folder.file("hello"))
        let package = String(
            decoding: try Files.read(Path.join(folder, "Package.swift"), bytesMax: 1 << 20),
            as: UTF8.self)
        #expect(package.contains("path: \"\(prefix)/share/kernel/kit\""))
    }
}
