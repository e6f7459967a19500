import KernelSystem
import KernelTesting
import Testing

/// A machine that has no more watches to give: the limit is set in a user namespace of its own.
@Suite(.enabled(if: WatchLimit.canBeSet)) struct WatchLimitTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private func start(watches: Int) throws -> LiveProgram {
        try home.start(
            program: try Program.inPath("unshare"),
            [
                "-Ur", "/bin/sh", "-c", WatchLimit.script, "\(watches)",
                try Program.built("kernel"),
                "--dev",
            ])
    }

    @Test func `a folder that cannot be watched is told once with what to do, and modules serve`()
        throws
    {
        try home.install("modes")
        // Enough for the private folder, and the one above it.
        let kernel = try start(watches: 2)
        try kernel.type("/log\nmodes.thread one\n")
        kernel.closeInput()
        let ended = try kernel.waitForEnd()
        #expect(ended.status == .exited(code: 0), "\(ended.errors)")
        let told = (ended.output + ended.errors).split(separator: "\n").filter {
            $0.contains("the limit of watches is used up")
                && $0.contains("raise fs.inotify.max_user_watches")
        }
        #expect(told.count == 1, "\(ended.output)")
        #expect(ended.output.contains("one"))
    }

    @Test func `without any watch the kernel says so, and serves what is there`() throws {
        try home.install("modes")
        let kernel = try start(watches: 0)
        try kernel.type("/log\nmodes.thread one\n")
        kernel.closeInput()
        let ended = try kernel.waitForEnd()
        #expect(ended.status == .exited(code: 0), "\(ended.errors)")
        #expect(ended.output.contains("changes of files are not seen"), "\(ended.output)")
        #expect(ended.output.contains("one"))
    }
}

private enum WatchLimit {
    /// Runs a command with so many watches at most.
    static let script = "echo \"$0\" > /proc/sys/user/max_inotify_watches && exec \"$@\""

    static let canBeSet: Bool = {
        guard let unshare = ProgramPath.find("unshare") else { return false }
        let tried = try? Program.run(unshare, ["-Ur", "/bin/sh", "-c", script, "1", "true"])
        return tried?.status == .exited(code: 0)
    }()
}
