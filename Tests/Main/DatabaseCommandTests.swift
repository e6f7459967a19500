import KernelSystem
import KernelTesting
import Testing

/// What commands do with the database of the kernel.
struct DatabaseCommandTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private var database: String { Path.join(home.state, "kernel.db") }

    @Test(arguments: [true, false])
    func `a backup is a copy that the next kernel can go on with`(withKernel: Bool) throws {
        let id = try home.run(["task", "submit", "fs.read", "path=x", "--delay", "900"]).output
        let kernel = withKernel ? try home.start(["serve"]) : nil
        try kernel?.wait(errors: "is ready")
        let ended = try home.run(["backup", "copy.db"])
        #expect(ended.status == .exited(code: 0), "\(ended.errors)")
        let again = try home.run(["backup", "copy.db"])
        #expect(again.status == .exited(code: 1) && again.errors.contains("copy.db"))
        let health = try home.run(["health", "--full"])
        #expect(health.output.contains("The database is in order."))
        kernel?.signal(SignalNumber.terminate)
        _ = try kernel?.waitForEnd()
        for name in ["kernel.db", "kernel.db-wal", "kernel.db-shm"] {
            Files.removeIfPresent(Path.join(home.state, name))
        }
        try Files.rename(home.folder.file("copy.db"), to: database)
        #expect(try home.run(["task", "list"]).output.contains(id.dropLast()))
    }

    @Test func `several commands work at the same time`() throws {
        try home.install("waiting")
        _ = try home.run(["modules"])
        let long = try home.start(["run", "waiting.process", "heed"], input: .file("/dev/null"))
        try long.wait(output: "waiting\n")
        for command in [["modules"], ["task", "list"], ["modules"]] {
            let ended = try home.run(command)
            #expect(ended.status == .exited(code: 0), "\(ended.errors)")
        }
        long.signal(SignalNumber.interrupt)
        _ = try long.waitForEnd()
    }

    @Test func `safe mode goes on without a database that cannot be used`() throws {
        try Files.makeDirectories(home.state)
        try Files.replace(database, with: Array("no database, but a long enough text".utf8))
        let plain = try home.run(["serve"])
        #expect(plain.status == .exited(code: 1) && plain.errors.contains("is not a database"))
        let kernel = try home.start(["serve", "--safe-mode"])
        try kernel.wait(errors: "is ready")
        let tasks = try home.run(["task", "list"])
        #expect(tasks.errors.contains("no durable tasks are kept"), "\(tasks.errors)")
        #expect(try home.run(["modules"]).status == .exited(code: 0))
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }
}
