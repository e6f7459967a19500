import KernelSystem
import KernelTesting
import Testing

/// Output that cannot be written is told, and counts.
@Suite(.blocking) struct OutputTests {
    @Test(arguments: [
        "modules", "run fs.list path=.", "config show", "config example", "config check",
        "config path --json", "--version", "--help", "module new hello",
        // What is read as lines of a script.
        "--dev",
    ])
    func `a full disk is no success`(command: String) throws {
        let home = try KernelHome()
        let kernel = try Program.built("kernel")
        let ended = try home.start(
            program: "/bin/sh", ["-c", "exec \(kernel) \(command) > /dev/full"],
            input: .text("fs.list path=.\n")
        ).waitForEnd()
        #expect(ended.status == .exited(code: 1))
        #expect(ended.errors.contains("the output is not whole: No space left on device"))
    }

    @Test func `a reader that has seen enough is no failure`() throws {
        let home = try KernelHome()
        let kernel = try Program.built("kernel")
        let script = "(\(kernel) config example; echo $? >&2) | head -1"
        let ended = try home.start(
            program: "/bin/sh", ["-c", script], input: .file("/dev/null")
        ).waitForEnd()
        #expect(ended.errors == "0\n")
    }
}
