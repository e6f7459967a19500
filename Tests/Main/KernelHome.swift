import Glibc
import KernelSystem
import KernelTesting
import ModuleJSON

/// A home folder of its own for the real programs, with everything of theirs in it.
final class KernelHome: Sendable {
    let folder: TemporaryFolder
    /// Another user's number, for who may not be root.
    let user: UInt32?

    /// What a program reads from.
    enum Input {
        case text(String)
        case file(String)
        case closed
    }

    /// What few programs are started with.
    struct Extras {
        /// Descriptors from the number 3 on.
        var passing: [Int32] = []
        /// Where it starts; nil: in the home.
        var folder: String?
    }

    init(user: UInt32? = nil) throws {
        folder = try TemporaryFolder("kernel-main")
        self.user = user
        try Files.makeDirectories(modules)
        try Files.makeDirectories(Path.directory(of: configuration))
        try Files.makeDirectories(folder.file("run"))
        if let user { try Shell.run("chown -R \(user):\(user) \(folder.path)") }
    }

    deinit {
        // A kernel that lost its parent ends by itself, and its workers after it.
        try? waitFor("the end of all that runs here") { try !isInUse }
    }

    /// Whether a process that has not ended runs with this home, or has a file of it mapped.
    private var isInUse: Bool {
        get throws {
            try Files.names(in: "/proc").compactMap { Int32($0) }.contains { process in
                // The tests themselves have more mapped than all others, and nothing of this.
                guard process != ProcessFacts.id else { return false }
                return ["environ", "maps"].contains { isNamed(in: "/proc/\(process)/\($0)") }
            }
        }
    }

    /// By the C library, which is a hundred times faster than a `String` of a debug build: hundreds
    /// of files are looked at for each home.
    private func isNamed(in file: String) -> Bool {
        var bytes = (try? Files.read(file, bytesMax: 1 << 24)) ?? []
        // Between variables.
        while let place = bytes.firstIndex(of: 0) { bytes[place] = 10 }
        bytes.append(0)
        return bytes.withUnsafeBytes { text in
            text.withMemoryRebound(to: CChar.self) { strstr($0.baseAddress!, folder.path) != nil }
        }
    }

    var modules: String { folder.file(".local/share/kernel/modules") }
    var configuration: String { folder.file(".config/kernel/kernel.toml") }
    var state: String { folder.file(".local/state/kernel") }
    var socket: String { folder.file("run/kernel/kernel.sock") }
    var developmentState: String { folder.file(".local/state/kernel-dev") }

    /// The number of the kernel for development that says it serves this home.
    var kernel: Int64? {
        get throws {
            let lock = Path.join(developmentState, "kernel.lock")
            return try JSON(parsing: Files.read(lock, bytesMax: 4_096))["process"]?.integer
        }
    }

    func configure(_ text: String) throws {
        try Files.replace(configuration, with: Array(text.utf8))
        if let user { try Shell.run("chown \(user):\(user) \(configuration)") }
    }

    /// Builds a fixture and puts it in place whole, as an installer would.
    func install(
        _ fixture: String, as name: String? = nil, defining: [String] = [], in folder: String? = nil
    ) throws {
        let library = "\(name ?? fixture).so"
        let built = self.folder.file("built-\(library)")
        try Fixture.build(fixture, defining: defining, to: built)
        try Files.rename(built, to: Path.join(folder ?? modules, library))
    }

    /// A fixture that lives in the kernel, as its author's would: others live in a process.
    func installTrusted(
        _ fixture: String, id: String? = nil, defining: [String] = [], and text: String = ""
    ) throws {
        try install(fixture, defining: defining)
        try configure("\(text)[modules.\(id ?? fixture)]\nisolation = \"kernel\"\n")
    }

    /// The names of functions come into the private copy a moment after the build serves.
    func waitForWholeCopy(of fixture: String) throws {
        let bytes = try Files.status(Path.join(modules, "\(fixture).so")).bytes
        let store = Path.join(developmentState, "store")
        try waitFor("the copy to be whole") {
            try Files.names(in: store).contains { build in
                // What is still being copied lies there too, as a file, and goes away.
                let copies = (try? Files.names(in: Path.join(store, build))) ?? []
                return copies.contains {
                    let copy = Path.join(Path.join(store, build), $0)
                    return (try? Files.status(copy))?.bytes == bytes
                }
            }
        }
    }

    /// `variables` with nil are not set at all; `program` is the kernel if it is left out.
    func start(
        program: String? = nil, _ arguments: [String], variables: [String: String?] = [:],
        input: Input? = nil, with extras: Extras = Extras()
    ) throws -> LiveProgram {
        var command = [try program ?? Program.built("kernel")] + arguments
        if let user {
            command =
                [
                    try Program.inPath("setpriv"), "--reuid", "\(user)", "--regid", "\(user)",
                    "--clear-groups",
                ] + command
        }
        if case .closed? = input {
            command = ["/bin/sh", "-c", "exec \"$0\" \"$@\" <&-"] + command
        }
        return try LiveProgram(
            command, environment(variables), in: extras.folder ?? folder.path, input,
            passing: extras.passing)
    }

    /// Runs the program to its end. Without an input it reads /dev/null.
    func run(
        _ arguments: [String], variables: [String: String?] = [:],
        input: Input = .file("/dev/null"), in folder: String? = nil
    ) throws -> LiveProgram.Ended {
        let extras = Extras(folder: folder)
        return try start(arguments, variables: variables, input: input, with: extras).waitForEnd()
    }

    /// `kernel task` with these words.
    func task(_ line: String) throws -> LiveProgram.Ended {
        try run(["task"] + line.split(separator: " ").map(String.init))
    }

    /// A kernel for clients at its socket, once it is ready.
    func serve(
        _ arguments: [String] = ["serve"], variables: [String: String?] = [:],
        passing: [Int32] = []
    ) throws -> LiveProgram {
        let kernel = try start(
            arguments, variables: variables, input: .file("/dev/null"),
            with: Extras(passing: passing))
        try kernel.wait(errors: " is ready: process \(kernel.process), ")
        return kernel
    }

    func environment(_ changes: [String: String?]) -> [String] {
        var variables: [String: String?] = [
            "HOME": folder.path, "XDG_RUNTIME_DIR": folder.file("run"), "LANG": "C.UTF-8",
            "PATH": Environment.value("PATH", or: "/usr/bin:/bin"),
            // So that the process that a test starts is the kernel itself.
            "KERNEL_NO_PARENT": "1",
        ]
        for (name, value) in changes { variables[name] = .some(value) }
        return variables.compactMap { name, value in value.map { "\(name)=\($0)" } }
    }
}
