import CModuleABI
import Foundation
import ModuleJSON
import ModuleKitTesting
import Testing

/// The templates are built as an author builds them, in a folder outside this package.
@Suite(.serialized) struct PackageTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// A package made from a template in a temporary folder, which `remove` deletes.
    private struct Instance {
        let folder: URL
        let name: String
        let type: String

        init(_ kind: String, name: String, type: String) throws {
            self.name = name
            self.type = type
            folder = FileManager.default.temporaryDirectory
                .appending(path: "kit-\(name)-\(UUID().uuidString)")
            let template = PackageTests.root.appending(path: "Sources/ModuleABI/Templates/\(kind)")
            for case let path as String in try #require(
                FileManager.default.enumerator(atPath: template.path))
            {
                let source = template.appending(path: path)
                let target = folder.appending(path: filled(path))
                // A folder has no text; it is made with the first file in it.
                guard let text = try? String(contentsOf: source, encoding: .utf8) else { continue }
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                try filled(text).write(to: target, atomically: true, encoding: .utf8)
            }
        }

        func remove() { try? FileManager.default.removeItem(at: folder) }

        private func filled(_ text: String) -> String {
            text.replacing(".template", with: "").replacing("{{name}}", with: name).replacing(
                "{{Type}}", with: type
            )
            .replacing("{{kernelPath}}", with: PackageTests.root.path)
        }

        /// Builds and returns a copy of the library under a name of its own.
        func build(_ generation: Int) throws -> URL {
            _ = try run("swift", ["build", "--package-path", folder.path], scratch: folder)
            let built = folder.appending(path: ".build/debug/lib\(name).so")
            let copy = folder.appending(path: "generation-\(generation).so")
            try FileManager.default.copyItem(at: built, to: copy)
            return copy
        }
    }

    private static func load(_ library: URL) throws -> TestHost {
        let handle = dlopen(library.path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)
        let symbol = try #require(dlsym(handle, "module_entry"), "\(library)")
        typealias Entry = @convention(c) () -> UnsafeRawPointer
        return try TestHost(entry: unsafeBitCast(symbol, to: Entry.self)())
    }

    private static func exports(of library: URL) throws -> [String] {
        try run("nm", ["-D", "--extern-only", "--defined-only", library.path])
            .split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
    }

    @Test func `two builds of a Swift module serve side by side, each with its own code`()
        async throws
    {
        let package = try Instance("swift", name: "tea", type: "Tea")
        defer { package.remove() }
        let first = try package.build(1)
        #expect(try Self.exports(of: first) == ["module_entry"])
        let source = package.folder.appending(path: "Sources/TeaModule/Tea.swift")
        let text = try String(contentsOf: source, encoding: .utf8)
        try text.replacing("\"Hello, ", with: "\"Welcome, ")
            .replacing("default: \"world\"", with: "default: \"guest\"")
            .write(to: source, atomically: true, encoding: .utf8)
        let second = try package.build(2)
        let old = try Self.load(first)
        let new = try Self.load(second)
        #expect(try await old.call("hello").text == "Hello, world!")
        #expect(try await new.call("hello").text == "Welcome, guest!")
        #expect(try await old.call("hello", ["times": 2]).text == "Hello, world!\nHello, world!")
        try old.close()
        try new.close()
    }

    @Test func `a C module is built and serves`() async throws {
        let package = try Instance("c", name: "pot", type: "Pot")
        defer { package.remove() }
        let source = package.folder.appending(path: "Sources/PotModule/pot.c")
        let headers = Self.root.appending(path: "Sources/ModuleABI/C/include").path
        let warnings = try run(
            "clang",
            [
                "-std=c11", "-Wall", "-Wextra", "-pedantic", "-fsyntax-only", "-I", headers, "-I",
                source.deletingLastPathComponent().appending(path: "include").path, source.path,
            ])
        #expect(warnings == "")
        let lines = try String(contentsOf: source, encoding: .utf8).split(separator: "\n")
        #expect(lines.count < 80)
        let library = try package.build(1)
        #expect(try Self.exports(of: library) == ["module_entry"])
        let host = try Self.load(library)
        #expect(try await host.call("lines", bytes: Array("a\nb\nc\n".utf8)).text == "3 lines")
        try host.close()
    }
}

/// What a program prints on both of its outputs. SwiftPM leaves lock files in the folder for
/// temporary files, which therefore is `scratch`.
private func run(_ program: String, _ arguments: [String], scratch: URL? = nil) throws -> String {
    let process = Process()
    var environment = ProcessInfo.processInfo.environment
    if let scratch { environment["TMPDIR"] = scratch.path }
    process.environment = environment
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = String(decoding: output, as: UTF8.self)
    try #require(process.terminationStatus == 0, "\(program) \(arguments): \(text)")
    return text
}
