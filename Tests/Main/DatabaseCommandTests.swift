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

/// What the exit status of `kernel health` says, and who hears of a database that is damaged.
struct HealthCommandTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private var database: String { Path.join(home.state, "kernel.db") }

    /// Overwrites the page of the table of tasks, which alone names them.
    private func damage() throws {
        var bytes = try Files.read(database, bytesMax: 1 << 24)
        let start = try #require(
            stride(from: 4_096, to: bytes.count, by: 4_096).first { start in
                bytes[start] == 0x0D
                    && bytes[start..<(start + 4_096)].contains(Array("fs.read".utf8))
            })
        for place in start..<(start + 4_096) { bytes[place] = 0x5A }
        try Files.replace(database, with: bytes)
    }

    @Test func `the exit status says whether a kernel runs, and is well`() throws {
        let alone = try home.run(["health"])
        #expect(alone.status == .exited(code: 7), "\(alone.errors)")
        #expect(alone.output.contains("no kernel is running on \(home.state)"))
        let kernel = try home.serve()
        let well = try home.run(["health"])
        #expect(well.status == .exited(code: 0) && !well.output.contains("no kernel is running"))
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }

    @Test func `a damaged database is told at the start, by health, and by a backup`() throws {
        let id = try home.task("submit fs.read path=x --delay 900").output.dropLast()
        try damage()
        let kernel = try home.serve()
        try kernel.wait(errors: "1 open task (\(id)) cannot be read")
        let health = try home.run(["health", "--json"])
        #expect(health.status == .exited(code: 1))
        #expect(health.output.contains("1 open task (\(id)) cannot be read"))
        #expect(try home.run(["health", "fs"]).status == .exited(code: 0))
        #expect(try home.run(["task", "list"]).status == .exited(code: 0))
        let backup = try home.run(["backup", "copy.db"])
        #expect(backup.status == .exited(code: 1) && backup.errors.contains("is damaged"))
        #expect(!Files.exists(home.folder.file("copy.db")))
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }
}
