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

    @Test func `the REPL hands tasks in, and shows what became of them`() throws {
        try Files.replace(home.folder.file("here.txt"), with: Array("I am here\n".utf8))
        let kernel = try home.start(["--dev"])
        func ask(_ line: String, for words: String = "\n") throws -> String {
            let before = kernel.output
            try kernel.type(line + "\n")
            return try kernel.wait(output: words, after: before)
        }
        var ids: [String] = []
        for line in ["fs.read path=here.txt &", "/task submit fs.read path=here.txt"] {
            let id = String(try ask(line).dropLast())
            #expect(id.hasPrefix("t") && id.utf8.count == 12, "\(id)")
            #expect(try ask("/task wait \(id)") == "I am here\n")
            ids.append(id)
        }
        _ = try ask("/task show \(ids[0])", for: "done")
        _ = try ask("/task output \(ids[0])", for: "It has put nothing out.")
        let again = String(try ask("/task retry \(ids[0])").dropLast())
        #expect(!ids.contains(again))
        #expect(try ask("/task wait \(again)") == "I am here\n")
        _ = try ask("/tasks", for: again)
        kernel.closeInput()
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `a list is followed, a line of JSON for each change`() throws {
        try Files.replace(home.folder.file("here.txt"), with: Array("I am here\n".utf8))
        let kernel = try home.serve()
        let first = String(try home.task("submit fs.read path=here.txt --wait --json").output)
        let firstID = try #require(try JSON(parsing: first)["task"]?["id"]?.string)
        let follower = try home.start(
            ["task", "list", "--follow", "--json", "--module", "fs"], input: .file("/dev/null"))
        try follower.wait(output: firstID)
        let id = String(try home.task("submit fs.read path=here.txt").output.dropLast())
        try waitFor("its end") {
            try follower.output.split(separator: "\n").contains { line in
                let task = try JSON(parsing: String(line))
                return task["id"]?.string == id && task["state"] == "done"
            }
        }
        follower.signal(SignalNumber.interrupt)
        #expect(try follower.waitForEnd().status == .exited(code: 130))
        let failure = try home.task("show t1nothing000 --json")
        #expect(failure.status == .exited(code: 3))
        let error = try JSON(parsing: failure.output)["error"]
        #expect(error?["message"]?.string?.contains("there is no task") == true)
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }

    @Test(arguments: [
        ("list --limit 0", 2, "", "from 1 to 1000"), ("list --limit 1001", 2, "", "from 1 to 1000"),
        ("submit fs.read --arguments {\"path\":\"here.txt\"} --wait", 0, "I am here\n", ""),
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

    @Test func `commands without a kernel work side by side, or name the one that writes`() throws {
        try home.install("waiting")
        _ = try home.run(["modules"])
        let long = try home.start(
            ["task", "submit", "waiting.process", "heed", "--wait"], input: .file("/dev/null"))
        try waitFor("the task to run") {
            try json("list --state running")["tasks"]?.array?.count == 1
        }
        let second = try home.task("submit waiting.process heed")
        #expect(second.status == .exited(code: 1))
        let words = "process \(long.process), `kernel task submit waiting.process heed --wait`"
        #expect(second.errors.contains(words), "\(second.errors)")
        long.signal(SignalNumber.interrupt)
        _ = try long.waitForEnd()
    }

    /// A parent starts the next kernel at once.
    @Test func `who waits for a task does so beyond the kernel that was asked`() throws {
        try home.install("waiting")
        let parent = try home.start(
            ["serve"], variables: ["KERNEL_NO_PARENT": nil], input: .file("/dev/null"))
        try parent.wait(errors: "is ready")
        let id = String(try home.task("submit waiting.process heed").output.dropLast())
        let waiter = try home.start(["task", "wait", id], input: .file("/dev/null"))
        let follower = try home.start(["task", "output", id, "--follow"])
        try follower.wait(output: "waiting\n")
        try Shell.run("kill -9 $(pgrep -P \(parent.process))")
        try follower.wait(output: "waiting\nwaiting\n")
        _ = try home.task("cancel \(id)")
        let ends = [try waiter.waitForEnd(), try follower.waitForEnd()]
        #expect(ends.map(\.status) == [.exited(code: 1), .exited(code: 1)])
        #expect(ends[0].errors.contains("cancelled"), "\(ends[0].errors)")
        parent.signal(SignalNumber.terminate)
        _ = try parent.waitForEnd()
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
        try next.wait(errors: "\(id) waiting.process runs again")
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
