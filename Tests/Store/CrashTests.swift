import KernelBase
import KernelStore
import KernelSystem
import KernelTesting
import Testing

/// What was acknowledged is there, whatever happens to the process that was told so.
@Suite(.blocking, .serialized) struct CrashTests {
    private static let kills = LongForm.isWanted ? 200 : 20

    @Test func `a process that is killed at any instant loses nothing that was acknowledged`()
        throws
    {
        let folder = try TemporaryFolder("kernel-store")
        var all = StoreWriter.Acknowledged()
        for kill in 0..<Self.kills {
            var writer = try StoreWriter(folder.path)
            // The first ones are killed while they open the file.
            try writer.read(lines: kill % 5 == 0 ? Int.random(in: 0...1) : Int.random(in: 1...600))
            let (acknowledged, end) = try writer.end(killing: true)
            #expect(end == .killed(signal: 9))
            #expect(acknowledged.errors == [])
            all.submitted += acknowledged.submitted
            all.began += acknowledged.began
            all.ended += acknowledged.ended
        }
        #expect(!all.ended.isEmpty)
        try Self.check(all, in: folder.path)
    }

    /// Every acknowledged task is there, in the state that was acknowledged or in a later one, and
    /// the file is in order.
    private static func check(_ all: StoreWriter.Acknowledged, in folder: String) throws {
        let store = try SQLiteStore(folder: folder)
        defer { store.close() }
        #expect(try Answer.wait { store.problems(.full, $0) } == [])
        #expect(Set(all.submitted).count == all.submitted.count)
        for id in all.submitted {
            _ = try Answer.wait { store.tasks.arguments(of: id, $0) }
        }
        for id in all.began {
            let attempts = try Answer.wait { store.tasks.attempts(of: id, $0) }
            #expect(attempts.count == 1)
        }
        for id in all.ended {
            let task = try Answer.wait { store.tasks.task(id, $0) }
            #expect(task.state == .done && task.attempts == 1)
            #expect(try Answer.wait { store.tasks.result(of: id, $0) } == .text("A"))
            let output = try Answer.wait {
                store.tasks.output(of: id, from: 0, bytesMax: 10_000, $0)
            }
            #expect(output.total == 1_400)
        }
    }

    private func faults(_ folder: TemporaryFolder) throws -> String {
        let library = folder.file("diskfaults.so")
        try Fixture.compile([
            "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror",
            Path.join(Fixture.repository, "Tests/Modules/diskfaults.c"), "-o", library,
        ])
        return library
    }

    /// 28 is ENOSPC, 5 is EIO. After a flush that failed once nothing is written any more, although
    /// the disk seems well again.
    @Test(arguments: [
        ("write", 28, 1_000_000, "no room"), ("write", 5, 1_000_000, "Input/output error"),
        ("sync", 5, 1, "did not confirm"), ("sync", 28, 1, "did not confirm"),
        ("sync", 122, 1, "did not confirm"),
    ])
    func `a disk that fails is an error, and loses nothing that was acknowledged`(
        call: String, code: Int32, times: Int, words: String
    ) throws {
        let folder = try TemporaryFolder("kernel-store")
        let state = folder.file("state")
        let writer = try StoreWriter(
            state, tasks: 20_000,
            environment: [
                "LD_PRELOAD=\(try faults(folder))", "FAULT_CALL=\(call)", "FAULT_TIMES=\(times)",
                "FAULT_AFTER=\(call == "write" ? 3_000 : 200)", "FAULT_ERRNO=\(code)",
            ])
        let (acknowledged, end) = try writer.end(killing: false)
        #expect(end == .exited(code: 0))
        #expect(acknowledged.errors.count == 4)
        #expect(acknowledged.errors.allSatisfy { $0.contains(words) && $0.contains(state) })
        #expect(!acknowledged.ended.isEmpty)
        try Self.check(acknowledged, in: state)
    }

    @Test func `a limit on file sizes is an error, and not the end of the process`() throws {
        let folder = try TemporaryFolder("kernel-store")
        // In blocks of 1,024 bytes.
        let writer = try StoreWriter(
            folder.path, through: ["bash", "-c", "ulimit -f 600; exec \"$@\"", "bash"])
        let (acknowledged, end) = try writer.end(killing: false)
        #expect(end == .exited(code: 0))
        #expect(acknowledged.errors.count == 4)
        #expect(acknowledged.errors.allSatisfy { $0.contains("no room") })
        try Self.check(acknowledged, in: folder.path)
    }

    @Test func `work goes on where it ended`() throws {
        let folder = try TemporaryFolder("kernel-store")
        for _ in 0..<2 {
            let writer = try StoreWriter(folder.path, tasks: 40)
            let (acknowledged, end) = try writer.end(killing: false)
            #expect(end == .exited(code: 0))
            #expect(acknowledged.ended.count == 40)
            try Self.check(acknowledged, in: folder.path)
        }
    }
}
