import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import KernelWorkers
import Testing

@testable import KernelDevelopment

struct NewModuleTests {
    private static let kit = KitFolder(path: Fixture.repository)

    @Test(arguments: [
        ("weather", "Weather"), ("word-count", "WordCount"), ("a_1", "A1"), ("host", "HostTasks"),
    ])
    func `a type is named after the module, and hides nothing`(name: String, type: String) {
        #expect(NewModule.typeName(of: name) == type)
    }

    @Test(arguments: ["", "Weather", "1st", "a b", "../up", "kernel", "grün"])
    func `a name that is no name is refused with the rule`(name: String) throws {
        let folder = try TemporaryFolder()
        #expect(throws: NewModule.Failure.self) {
            try NewModule.make(name, .swift, in: folder.path, kit: Self.kit)
        }
        #expect(try Files.names(in: folder.path).isEmpty)
    }

    @Test func `a folder that exists is left alone`() throws {
        let folder = try TemporaryFolder()
        try Files.makeDirectories(folder.file("weather"))
        let failure = #expect(throws: NewModule.Failure.self) {
            try NewModule.make("weather", .c, in: folder.path, kit: Self.kit)
        }
        #expect(failure?.description.contains("exists") == true)
        #expect(try Files.names(in: folder.file("weather")).isEmpty)
    }

    @Test func `a module within the kernel's own sources is refused`() {
        let failure = #expect(throws: NewModule.Failure.self) {
            try NewModule.make(
                "weather", .c, in: Path.join(Self.kit.path, "Sources"), kit: Self.kit)
        }
        #expect(failure?.description.contains("--path") == true)
    }

    @Test(arguments: NewModule.Language.allCases)
    func `no word of a template is left, and every file is named`(
        language: NewModule.Language
    ) throws {
        let folder = try TemporaryFolder()
        let parent = folder.file("new/place")
        let module = try NewModule.make("word-count", language, in: parent, kit: Self.kit)
        #expect(module.folder == Path.join(parent, "word-count"))
        #expect(try Files.names(in: parent) == ["word-count"])
        #expect(module.files.contains("Package.swift"))
        for file in module.files {
            let bytes = try Files.read(Path.join(module.folder, file), bytesMax: 1 << 20)
            #expect(!String(decoding: bytes, as: UTF8.self).contains("{{"), "\(file)")
            #expect(!file.contains("{{"))
        }
        #expect(module.nextSteps.contains(module.folder))
    }

    @Test func `the kit is found above the program, beside it, or in the system`() throws {
        let folder = try TemporaryFolder()
        func makeKit(_ path: String, name: String = "kernel") throws {
            for folder in ["Templates", "Swift", "Linkage"] {
                try Files.makeDirectories(Path.join(path, "Sources/ModuleABI/\(folder)"))
            }
            try Files.replace(
                Path.join(path, "Sources/ModuleABI/Linkage/module.version"), with: [])
            try Files.replace(
                Path.join(path, "Package.swift"), with: Array("name: \"\(name)\"".utf8))
        }
        let program = folder.file("checkout/.build/debug/kernel")
        try makeKit(folder.file("system"))
        let system = [folder.file("system")]
        #expect(
            try KitFolder.find(executable: program, systemFolders: system).path
                == folder.file("system"))
        try makeKit(folder.file("checkout/.build"), name: "other")
        try makeKit(folder.file("checkout"))
        #expect(
            try KitFolder.find(executable: program, systemFolders: system).path
                == folder.file("checkout"))
        try Files.makeDirectories(folder.file("usr/share/kernel/kit/Sources/ModuleABI/Templates"))
        try Files.replace(
            folder.file("usr/share/kernel/kit/Package.swift"), with: Array("name: \"kernel\"".utf8))
        #expect(throws: KitFolder.NotFound.self, "the templates alone build nothing") {
            try KitFolder.find(executable: folder.file("usr/bin/kernel"), systemFolders: [])
        }
        try makeKit(folder.file("usr/share/kernel/kit"))
        #expect(
            try KitFolder.find(executable: folder.file("usr/bin/kernel"), systemFolders: []).path
                == folder.file("usr/share/kernel/kit"))
    }

    @Test func `a missing kit is a sentence that says where it was looked for`() {
        let failure = #expect(throws: KitFolder.NotFound.self) {
            try KitFolder.find(executable: "/nowhere/bin/kernel", systemFolders: ["/no/kit"])
        }
        #expect(failure?.description.contains("/no/kit") == true)
    }
}

/// Gives a suite one home folder: what the toolchain keeps of manifests there is made once.
private struct SharedHome: SuiteTrait, TestScoping {
    @TaskLocal static var folder: TemporaryFolder?

    let isRecursive = false

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await Self.$folder.withValue(try TemporaryFolder()) { try await function() }
    }
}

/// With the real toolchain, away from the user's home.
@Suite(.serialized, SharedHome()) struct BuiltModuleTests {
    private let folder: TemporaryFolder
    private let home: TemporaryFolder
    private let zygote: Zygote
    private let output: OutputCollector

    init() throws {
        folder = try TemporaryFolder()
        home = try #require(SharedHome.folder)
        zygote = try Zygote(executable: try Program.built("kernel-zygote")) { _ in }
        output = try OutputCollector()
    }

    /// Neither the home folder nor the current one may matter.
    private func swift(
        _ command: String, _ package: String, _ options: [String] = []
    ) throws -> Program.Result {
        let variable = "HOME=\(home.path)"
        return try Program.run(
            "/usr/bin/env", [variable, "swift", command, "--package-path", package] + options,
            in: "/")
    }

    /// Where `dev/install` puts it, of what is built.
    private func installedKit() throws -> KitFolder {
        let program = home.file("usr/bin/kernel")
        if !Files.exists(program) {
            let built = Path.directory(of: try Program.built("kernel"))
            let installed = try Program.run(
                Path.join(Fixture.repository, "dev/install"),
                ["--from", built, "--prefix", home.file("usr")])
            try #require(installed.status == .exited(code: 0), "\(installed.output)")
        }
        return try KitFolder.find(executable: program, systemFolders: [])
    }

    private func expectFit(_ library: String) {
        let report = ModuleCheck.run(
            library, tools: CheckTools(zygote: zygote, output: output),
            temporaryFolder: folder.file("check"))
        #expect(!report.hasFailed, "\(report.lines)")
    }

    @Test(arguments: NewModule.Language.allCases)
    func `with an installed kernel a new module builds, passes its test, and is fit to serve`(
        language: NewModule.Language
    ) throws {
        defer { zygote.stop() }
        let kit = try installedKit()
        #expect(kit.path == home.file("usr/share/kernel/kit"))
        let module = try NewModule.make("word-count", language, in: folder.path, kit: kit)
        let tested = try swift("test", module.folder)
        #expect(tested.status == .exited(code: 0), "\(tested.output)")
        #expect(!tested.output.contains("warning:"), "\(tested.output)")
        expectFit(Path.join(module.folder, module.library))
    }

    @Test(arguments: [("CWordCount", "libtext.so"), ("CxxStatistics", "libstatistics.so")])
    func `the examples build without a warning, and are fit to serve`(
        example: String, library: String
    ) throws {
        defer { zygote.stop() }
        let package = Path.join(Fixture.repository, "Examples/\(example)")
        let binaries = folder.file("build")
        let built = try swift("build", package, ["--scratch-path", binaries])
        #expect(built.status == .exited(code: 0), "\(built.output)")
        #expect(!built.output.contains("warning:"), "\(built.output)")
        expectFit(Path.join(binaries, "debug/\(library)"))
    }
}
