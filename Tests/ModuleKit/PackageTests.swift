import KernelSystem
import KernelTesting
import ModuleJSON
import ModuleKitTesting
import Testing

/// The templates are built as an author builds them, in a folder outside this package.
@Suite(.serialized) struct PackageTests {
    /// A package made from a template in a temporary folder.
    private struct Instance {
        let folder: TemporaryFolder
        let name: String
        let type: String

        init(_ kind: String, name: String, type: String) throws {
            self.name = name
            self.type = type
            folder = try TemporaryFolder("kit")
            try fill(Quotable.path("Sources/ModuleABI/Templates/\(kind)"), folder.path)
        }

        private func fill(_ source: String, _ target: String) throws {
            guard let names = try? Files.names(in: source) else {
                let text = String(
                    decoding: try Files.read(source, bytesMax: 1 << 20), as: UTF8.self)
                return try Files.replace(target, with: Array(filled(text).utf8))
            }
            try Files.makeDirectories(target)
            for name in names {
                let place = filled(name).replacing(".template", with: "")
                try fill(Path.join(source, name), Path.join(target, place))
            }
        }

        private func filled(_ text: String) -> String {
            text.replacing("{{name}}", with: name).replacing("{{Type}}", with: type)
                .replacing("{{kernelPath}}", with: Fixture.repository)
        }

        /// Builds and returns a copy of the library under a name of its own. SwiftPM leaves lock
        /// files in the folder for temporary files, which therefore is the package's.
        func build(_ generation: Int) throws -> String {
            _ = try output(
                "env", ["TMPDIR=\(folder.path)", "swift", "build", "--package-path", folder.path])
            let copy = folder.file("generation-\(generation).so")
            let library = try Files.read(
                folder.file(".build/debug/lib\(name).so"), bytesMax: 64 << 20)
            try Files.replace(copy, with: library)
            return copy
        }
    }

    private static func load(_ library: String) throws -> TestHost {
        let symbol = try #require(
            try DynamicLibrary(opening: library).address(of: "module_entry"))
        typealias Entry = @convention(c) () -> UnsafeRawPointer
        // The type that mod/entry.h gives the symbol.
        return try TestHost(entry: unsafeBitCast(symbol, to: Entry.self)())
    }

    private static func exports(of library: String) throws -> [String] {
        try output("nm", ["-D", "--extern-only", "--defined-only", library])
            .split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
    }

    @Test func `two builds of a Swift module serve side by side, each its own code`() async throws {
        let package = try Instance("swift", name: "tea", type: "Tea")
        let first = try package.build(1)
        #expect(try Self.exports(of: first) == ["module_entry"])
        let source = package.folder.file("Sources/TeaModule/Tea.swift")
        let text = String(decoding: try Files.read(source, bytesMax: 1 << 20), as: UTF8.self)
            .replacing("\"Hello, ", with: "\"Welcome, ")
            .replacing("default: \"world\"", with: "default: \"guest\"")
        try Files.replace(source, with: Array(text.utf8))
        let second = try package.build(2)
        let old = try Self.load(first)
        let new = try Self.load(second)
        #expect(try await old.call("hello").text == "Hello, world!")
        #expect(try await new.call("hello").text == "Welcome, guest!")
        #expect(try await old.call("hello", ["times": 2]).text == "Hello, world!\nHello, world!")
        try old.close()
        try new.close()
    }

    @Test func `a C module is built without a warning and serves`() async throws {
        let package = try Instance("c", name: "pot", type: "Pot")
        let source = package.folder.file("Sources/PotModule/pot.c")
        try Fixture.compile([
            "-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only",
            "-I\(Quotable.path("Sources/ModuleABI/C/include"))",
            "-I\(package.folder.file("Sources/PotModule/include"))", source,
        ])
        #expect(try Files.read(source, bytesMax: 1 << 20).split(separator: 10).count < 80)
        let library = try package.build(1)
        #expect(try Self.exports(of: library) == ["module_entry"])
        let host = try Self.load(library)
        #expect(try await host.call("lines", bytes: Array("a\nb\nc\n".utf8)).text == "3 lines")
        try host.close()
    }
}

/// What a program of the PATH prints; throws if it fails.
private func output(_ program: String, _ arguments: [String]) throws -> String {
    let result = try Program.run(try Program.inPath(program), arguments)
    try #require(result.status == .exited(code: 0), "\(program) \(arguments): \(result.output)")
    return result.output
}
