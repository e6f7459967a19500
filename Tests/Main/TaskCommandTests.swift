import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// `kernel task …`, with a kernel that runs and without.
@Suite(.timeLimit(.minutes(3)))
struct TaskCommandTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private func json(_ line: String) throws -> JSON {
        let ended = try home.task(line + " --json")
        return try JSON(parsing: ended.output)
    }

    @Test func `without a kernel a task is kept, and the next kernel runs it`() throws {
        try Files.replace(home.folder.file("here.txt"), with: Array("I am here\n".utf8))
        let kept = try home.task("submit fs.read path=here.txt")
        #expect(kept.status == .exited(code: 0), "\(kept.errors)")
        #expect(kept.errors.contains("No kernel is running"))
        let id = String(kept.output.dropLast())
        #expect(try json("show \(id)")["task"]?["state"] == "queued")
        let alone = try home.task("wait \(id)")
        #expect(alone.status == .exited(code: 1) && alone.errors.contains("no kernel runs it"))

        let kernel = try home.start(["serve"])
        try kernel.wait(errors: "is ready")
        let waited = try home.task("wait \(id)")
        #expect(waited.status == .exited(code: 0), "\(waited.errors)")
        #expect(waited.output == "I am here\n")
        #expect(try home.task("list").output.contains(id))
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
        #expect(try json("show \(id)")["task"]?["state"] == "done")
    }

    @Test(arguments: [
        ("submit fs.read path=here.txt --wait", 0, "I am here\n", ""),
        ("submit fs.read path=gone.txt --wait", 3, "", "failed"),
        ("submit fs.read path=/etc/passwd --wait", 4, "", "outside"),
        ("submit fs.reed path=here.txt", 3, "", "did you mean \"read\""),
        ("submit fs.read", 2, "", "\"path\" is missing"),
        ("submit fs.read path=x --priority 11", 2, "", "-10 to 10"),
        ("show t1nothing000", 3, "", "there is no task"),
        ("list --state runing", 2, "", "did you mean \"running\""),
        ("cancel t1nothing000", 3, "", "there is no task"), ("list", 0, "There is no task.\n", ""),
    ])
    func `the exit status says what became of it`(
        line: String, status: Int32, output: String, errors: String
    ) throws {
        try Files.replace(home.folder.file("here.txt"), with: Array("I am here\n".utf8))
        let ended = try home.task(line)
        #expect(ended.status == .exited(code: status), "\(ended.errors)")
        #expect(ended.output == output)
        #expect(ended.errors.contains(errors))
    }

    @Test func `output is followed to the end, which a cancellation is`() throws {
        try home.install("waiting")
        let kernel = try home.start(["serve"])
        try kernel.wait(errors: "is ready")
        let id = String(try home.task("submit waiting.process deaf").output.dropLast())
        let follower = try home.start(["task", "output", id, "--follow"])
        try follower.wait(output: "waiting\n")
        #expect(try json("list --state running")["tasks"]?.array?.count == 1)
        let cancelled = try home.task("cancel \(id)")
        #expect(cancelled.status == .exited(code: 0), "\(cancelled.errors)")
        #expect(try follower.waitForEnd().status == .exited(code: 1))
        #expect(try json("show \(id)")["task"]?["state"] == "cancelled")
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }

    /// The kernel is killed while tasks run; the next one says what became of them.
    @Test func `a task survives kill -9`() throws {
        try home.install("waiting")
        let kernel = try home.start(["serve"])
        try kernel.wait(errors: "is ready")
        let id = String(try home.task("submit waiting.process heed").output.dropLast())
        try waitFor("the task to run") {
            try json("show \(id)")["task"]?["state"] == "running"
        }
        kernel.signal(SignalNumber.kill)
        _ = try kernel.waitForEnd()
        let next = try home.start(["serve"])
        try next.wait(errors: "is ready")
        try waitFor("the second attempt") {
            let details = try json("show \(id)")
            return details["task"]?["state"] == "running" && details["attempts"]?.array?.count == 2
        }
        _ = try home.task("cancel \(id)")
        #expect(try home.task("wait \(id)").status == .exited(code: 1))
        let attempts = try json("show \(id)")["attempts"]?.array ?? []
        #expect(attempts.map { $0["end"] } == ["interrupted", "cancelled"])
        next.signal(SignalNumber.terminate)
        _ = try next.waitForEnd()
    }
}
