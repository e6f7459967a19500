import KernelSystem

// Fixtures in other languages than C.
extension Fixture {
    private static var folder: String { Path.join(repository, "Tests/Modules") }
    private static var headers: String { "-I\(repository)/Sources/ModuleABI/C/include" }
    private static var versionScript: String {
        "--version-script=\(repository)/Sources/ModuleABI/Linkage/module.version"
    }

    /// Builds `Tests/Modules/<name>.swift` with the C file of the same name around it, by the
    /// compiler alone. `second` builds it with other types.
    package static func buildSwift(
        _ name: String, answer: String, second: Bool = false, to output: String
    ) throws {
        let work = try TemporaryFolder("kernel-swift")
        try compile([
            "-c", "-fPIC", "-O1", "-std=c11", "-Wall", "-Wextra", "-Werror", headers,
            "-DFIXTURE_ANSWER=\"\(answer)\"", Path.join(folder, "\(name).c"),
            "-o", work.file("glue.o"),
        ])
        try run(
            "swiftc",
            [
                "-emit-library", "-parse-as-library", "-O", "-swift-version", "6",
                "-module-name", name, "-import-objc-header", Path.join(folder, "\(name).h"),
                Path.join(folder, "\(name).swift"), work.file("glue.o"), "-o", output,
                "-Xlinker", versionScript, "-Xlinker", "-z", "-Xlinker", "nodelete",
            ] + (second ? ["-D", "SECOND"] : []), in: work.path)
    }

    /// Builds `Tests/Modules/<name>.cpp` as an author would who knows of no linker flags: with
    /// every symbol visible.
    package static func buildCxx(
        _ name: String, compiler: String, answer: String, to output: String
    ) throws {
        try run(
            compiler,
            [
                "-shared", "-fPIC", "-O1", "-std=c++17", "-Wall", "-Wextra", "-Werror", headers,
                "-DFIXTURE_ANSWER=\"\(answer)\"", Path.join(folder, "\(name).cpp"),
                "-o", output,
            ])
    }

    /// Builds `Tests/Modules/<name>.rs` as a cdylib.
    package static func buildRust(_ name: String, answer: String, to output: String) throws {
        try Shell.run(
            "FIXTURE_ANSWER=\(answer) rustc --crate-type cdylib --edition 2024 -C panic=abort "
                + "\(Path.join(folder, "\(name).rs")) -o \(output)")
    }

    private static func run(
        _ program: String, _ arguments: [String], in directory: String? = nil
    ) throws {
        let result = try Program.run(try Program.inPath(program), arguments, in: directory)
        guard result.status == .exited(code: 0) else {
            throw BuildFailure(description: result.output)
        }
    }
}
