import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem

/// The program `swift`, and how many of it may work at once.
final class BuildTool: Sendable {
    let options: PackageOptions
    private let program: String?
    private let working = Condition(0)

    init(options: PackageOptions, program: String?) {
        self.options = options
        self.program = program
    }

    static let missing =
        "swift is not in the PATH, so that packages of dev.modules are not built: install the "
        + "Swift toolchain (swift.org/install) or add its folder to PATH"

    var isMissing: Bool { program == nil }

    /// Runs `body` when it is its turn.
    func waitForTurn<Result>(_ body: () -> Result) -> Result {
        _ = working.wait { working -> Bool? in
            guard working < self.options.buildsMax else { return nil }
            working += 1
            return true
        }
        defer {
            working.withLock { $0 -= 1 }
            working.broadcast()
        }
        return body()
    }

    /// Where a build leaves its libraries: a link, which is not there before the first build.
    func librariesFolder(of package: String) -> String {
        Path.join(package, ".build/\(options.configuration.rawValue)")
    }

    func describe(_ package: String) -> CapturedProgram? {
        run(["package", "describe", "--type", "json"], in: package)
    }

    func build(_ package: String) -> CapturedProgram? {
        run(["build", "--configuration", options.configuration.rawValue], in: package)
    }

    /// The package manager leaves a temporary folder behind at each call.
    private func run(_ arguments: [String], in package: String) -> CapturedProgram? {
        program.map {
            CapturedProgram(
                $0, arguments, in: package, scratch: Path.join(package, ".build/kernel-scratch"))
        }
    }
}
