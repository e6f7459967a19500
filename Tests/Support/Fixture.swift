package import KernelSystem
import Synchronization

/// The small modules under `Tests/Modules`, each with one misbehaviour, built when a test asks.
package enum Fixture {
    package struct BuildFailure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The folder that holds Package.swift.
    package static let repository: String = {
        var folder = Path.directory(of: #filePath)
        while !Files.exists(Path.join(folder, "Package.swift")) {
            folder = Path.directory(of: folder)
        }
        return folder
    }()

    /// What makes one build of a C fixture.
    private struct Recipe: Hashable {
        let name: String
        let defining: [String]
        let linking: [String]
    }

    /// Most are wanted by many tests, and a compiler takes longer than most of these.
    private static let built = Mutex<[Recipe: [UInt8]]>([:])

    private static let libraryBytesMax = 64 << 20

    /// Builds `Tests/Modules/<name>.c` as a module into `output`, where it comes whole, as a linker
    /// puts it.
    package static func build(
        _ name: String, defining: [String] = [], linking: [String] = [], to output: String
    ) throws {
        let recipe = Recipe(name: name, defining: defining, linking: linking)
        if let library = built.withLock({ $0[recipe] }) {
            return try Files.replace(output, with: library, permissions: 0o755)
        }
        try buildAnew(name, defining: defining, linking: linking, to: output)
        let library = try Files.read(output, bytesMax: libraryBytesMax)
        built.withLock { $0[recipe] = library }
    }

    /// The same, by compiler and linker in any case.
    package static func buildAnew(
        _ name: String, defining: [String] = [], linking: [String] = [], to output: String
    ) throws {
        let source = Path.join(repository, "Tests/Modules/\(name).c")
        try compile(
            [
                "-shared", "-fPIC", "-O1", "-std=c11", "-Wall", "-Wextra", "-Werror",
                "-I\(repository)/Sources/ModuleABI/C/include", source, "-o", output,
                "-Wl,--version-script=\(repository)/Sources/ModuleABI/Linkage/module.version",
                "-Wl,-z,nodelete", "-Wl,-z,now", "-fuse-ld=lld",
            ] + defining.map { "-D\($0)" } + linking)
    }

    /// Runs the toolchain's clang.
    package static func compile(_ arguments: [String]) throws {
        let clang = try Program.inPath("clang")
        let result = try Program.run(clang, arguments)
        guard result.status == .exited(code: 0) else {
            throw BuildFailure(description: result.output)
        }
    }
}

/// Programs that tests run.
package enum Program {
    package struct Result: Sendable {
        package let status: ChildProcess.End
        /// What it wrote to both of its outputs.
        package let output: String
    }

    package struct NotFound: Error, CustomStringConvertible {
        package let description: String
    }

    /// A program of this package, where the tests themselves were built.
    package static func built(_ name: String) throws -> String {
        let folder = Path.directory(of: Files.resolved("/proc/self/exe") ?? "")
        let path = Path.join(folder, name)
        guard Files.isExecutable(path) else {
            throw NotFound(description: "\(path) is missing: build it with swift build first")
        }
        return path
    }

    /// A library of this package, where the tests themselves were built.
    package static func library(_ name: String) throws -> String {
        let folder = Path.directory(of: Files.resolved("/proc/self/exe") ?? "")
        let path = Path.join(folder, name)
        guard Files.exists(path) else {
            throw NotFound(description: "\(path) is missing: build it with swift build first")
        }
        return path
    }

    package static func inPath(_ name: String) throws -> String {
        for folder in Environment.value("PATH", or: "/usr/bin:/bin").split(separator: ":") {
            let path = Path.join(String(folder), name)
            if Files.isExecutable(path) { return path }
        }
        throw NotFound(description: "\(name) is not in the PATH")
    }

    /// Runs a program to its end.
    package static func run(
        _ path: String, _ arguments: [String], in directory: String? = nil
    ) throws -> Result {
        let pipe = try Pipe()
        let reader = try pipe.reader.duplicate()
        var options = ChildProcess.Options(environment: Environment.all, directory: directory)
        options.descriptors = [.init(pipe.writer.raw, as: 1), .init(pipe.writer.raw, as: 2)]
        let process = try ChildProcess.spawn(path, arguments, options)
        close(consume pipe)
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case .bytes(let count) = try reader.read(into: &buffer) {
            output.append(contentsOf: buffer[..<count])
        }
        let status = try ChildProcess.wait(for: process)
        return Result(status: status, output: String(decoding: output, as: UTF8.self))
    }

    private static func close(_ pipe: consuming Pipe) {}
}
