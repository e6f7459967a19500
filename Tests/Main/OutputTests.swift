import KernelSystem
import KernelTesting
import Testing

/// Output that cannot be written is told, and counts.
@Suite(.blocking) struct OutputTests {
    @Test(arguments: ["modules", "run fs.list path=."])
    func `a full disk is no success`(command: String) throws {
        let home = try KernelHome()
        let kernel = try Program.built("kernel")
        let ended = try home.start(
            program: "/bin/sh", ["-c", "exec \(kernel) \(command) > /dev/full"],
            input: .file("/dev/null")
        ).waitForEnd()
        #expect(ended.status == .exited(code: 1))
        #expect(ended.errors.contains("the output is not whole: No space left on device"))
    }
}
