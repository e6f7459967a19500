import KernelSystem
import KernelTesting
import Testing

/// A store that cannot be written or mapped from: in namespaces of its own, where everybody may
/// mount.
@Suite(.enabled(if: Mounting.isPossible)) struct StoreMountTests {
    struct Trouble: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Command lines in which $STORE is the store's folder.
        let begin: String
        let end: String
        let words: [String]
    }

    private static let troubles = [
        Trouble(
            testDescription: "full", begin: "dd if=/dev/zero of=$STORE/fill bs=1k 2>&1 || true",
            end: "rm $STORE/fill", words: ["No space left", "free some"]),
        Trouble(
            testDescription: "read-only", begin: "mount -o remount,ro $STORE",
            end: "mount -o remount,rw $STORE", words: ["Read-only", "must be writable"]),
        Trouble(
            testDescription: "noexec", begin: "mount -o remount,noexec $STORE",
            end: "mount -o remount,exec $STORE", words: ["noexec", "XDG_STATE_HOME"]),
    ]

    @Test(arguments: troubles)
    func `a store with a trouble says so, and the old build serves`(trouble: Trouble) throws {
        let home = try KernelHome()
        let store = Path.join(home.state, "store")
        try Files.makeDirectories(store)
        try home.install("answer")
        let kernel = try home.start(
            program: try Program.inPath("unshare"),
            [
                "-Urm", "/bin/sh", "-c", Mounting.script, store, try Program.built("kernel"),
                "serve",
            ], input: .file("/dev/null"))
        try kernel.wait(errors: " is ready: ")
        func answer() throws -> String { try home.run(["run", "fixture.answer"]).output }
        func inside(_ line: String) throws {
            try Shell.run(
                "nsenter -t \(kernel.process) -U -m --preserve-credentials "
                    + "env STORE=\(store) /bin/sh -c '\(line)'")
        }
        #expect(try answer() == "one\n")
        // What is served may still be on its way into the store.
        try waitFor("the store to be left alone") { (try? inside(trouble.begin)) != nil }
        try home.install(
            "answer", defining: ["FIXTURE_ANSWER=\"two\"", "FIXTURE_BALLAST=8192"])
        for word in trouble.words { try kernel.wait(errors: word) }
        #expect(try answer() == "one\n")
        try inside(trouble.end)
        try Shell.run("touch \(Path.join(home.modules, "answer.so"))")
        try kernel.wait(errors: "fixture 1.0.0 reloaded")
        #expect(try answer() == "two\n")
    }
}

private enum Mounting {
    /// Runs a command with a file system of its own at a folder.
    static let script = "mount -t tmpfs -o size=16m none \"$0\" && exec \"$@\""

    static let isPossible: Bool = {
        guard let unshare = ProgramPath.find("unshare"), ProgramPath.find("nsenter") != nil,
            let folder = try? TemporaryFolder("kernel-mount")
        else { return false }
        let tried = try? Program.run(
            unshare, ["-Urm", "/bin/sh", "-c", script, folder.path, "true"])
        return tried?.status == .exited(code: 0)
    }()
}
