import KernelSystem
import KernelTesting

/// The modules that the benchmarks load, built once. A new build of one costs no compiler: the
/// texts that tell the builds apart are overwritten in the built file.
final class ModuleBuilds: Sendable {
    private let folder = Path.join(Fixture.repository, ".build/bench-modules")
    private let built = Condition<[String: [UInt8]]>([:])

    static let answer = "build-0000000000"
    static let id = "bench-0000"

    /// `bench.c`: tasks answer, echo and work.
    func inC() throws -> [UInt8] {
        try cached("c") {
            try Files.makeDirectories(folder)
            let output = Path.join(folder, "bench.so")
            let sources = Fixture.repository
            try Fixture.compile([
                "-shared", "-fPIC", "-O2", "-std=c11", "-I\(sources)/Sources/ModuleABI/C/include",
                "-I\(sources)/Tests/Modules", "\(sources)/dev/benchmarks/modules/bench.c",
                "-o", output, "-fuse-ld=lld", "-Wl,-z,nodelete", "-Wl,-z,now",
                "-Wl,--version-script=\(sources)/Sources/ModuleABI/Linkage/module.version",
            ])
            return try Files.read(output, bytesMax: 1 << 24)
        }
    }

    /// A module by ModuleKit with so many tasks, each with Codable arguments and result of three
    /// fields; with a state if it `keepsState`.
    func byKit(tasks: Int, keepsState: Bool = false) throws -> [UInt8] {
        let name = KitSource.name(tasks: tasks, keepsState: keepsState)
        return try cached(name) {
            _ = try cached("package") {
                try buildPackage()
                return []
            }
            let output = Path.join(folder, "build/release/lib\(name).so")
            return try Files.read(output, bytesMax: 1 << 28)
        }
    }

    private func cached(_ key: String, _ build: () throws -> [UInt8]) throws -> [UInt8] {
        if let bytes = built.withLock({ $0[key] }) { return bytes }
        let bytes = try build()
        built.withLock { $0[key] = bytes }
        return bytes
    }

    /// Builds all kit modules as an author would: a package that depends on this one.
    private func buildPackage() throws {
        for (file, text) in KitSource.package(kernel: Fixture.repository) {
            let path = Path.join(folder, file)
            try Files.makeDirectories(Path.directory(of: path))
            let bytes = Array(text.utf8)
            if let present = try? Files.read(path, bytesMax: 1 << 20), present == bytes { continue }
            try Files.replace(path, with: bytes)
        }
        Progress.say("building the modules of ModuleKit")
        let swift = try Program.inPath("swift")
        let result = try Program.run(
            swift,
            [
                "build", "--package-path", folder, "--scratch-path", "\(folder)/build", "-c",
                "release",
            ])
        guard result.status == .exited(code: 0) else { throw BenchFailure(result.output) }
    }

    /// The file with another number in its answer: another build.
    static func numbered(_ bytes: [UInt8], _ number: Int) throws -> [UInt8] {
        try overwriting(answer, with: text("build-", number, digits: 10), in: bytes)
    }

    static func answer(_ number: Int) -> [UInt8] {
        Array(text("build-", number, digits: 10).utf8)
    }

    /// The file with another id: another module.
    static func named(_ bytes: [UInt8], _ number: Int) throws -> [UInt8] {
        try overwriting(id, with: text("bench-", number, digits: 4), in: bytes)
    }

    private static func text(_ prefix: String, _ number: Int, digits: Int) -> String {
        let figures = String(number)
        return prefix + String(repeating: "0", count: digits - figures.utf8.count) + figures
    }

    /// Replaces every occurrence of a text by another of the same length.
    private static func overwriting(
        _ old: String, with new: String, in bytes: [UInt8]
    ) throws -> [UInt8] {
        let old = Array(old.utf8)
        var result = bytes
        var count = 0
        var position = 0
        while let start = bytes[position...].firstIndex(of: old[0]) {
            guard start + old.count <= bytes.count else { break }
            position = start + 1
            guard bytes[start..<start + old.count] == old[...] else { continue }
            result.replaceSubrange(start..<start + old.count, with: new.utf8)
            count += 1
        }
        guard count > 0 else { throw BenchFailure("the text that tells builds apart is missing") }
        return result
    }
}
