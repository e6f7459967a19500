import KernelBase
import KernelDatabase
import KernelSystem
import KernelTesting
import Testing

@testable import KernelStore

/// A database of an earlier kernel, brought to what this one knows.
@Suite(.blocking) struct MigrationTests {
    private static let released = StoreMigrations.schema.migrations

    /// As the kernel wrote it whose last migration had this number, with one task that waits and
    /// one that ran when it ended.
    private func makeFile(_ folder: TemporaryFolder, _ version: Int) throws {
        let schema = Schema(
            applicationID: StoreMigrations.schema.applicationID,
            Array(Self.released.prefix(version)))
        let file = DatabaseFile(folder.file(SQLiteStore.fileName), schema)
        let readers = ReaderPool(file, connectionsMax: 1)
        let writer = try Writer(file, readers: readers)
        try writer.write { transaction in
            for (number, state, owner) in [(5, 0, "NULL"), (6, 2, "'kernel-of-then'")] {
                try transaction.run(
                    """
                    INSERT INTO task (number, state, name, module, submitter, priority, idempotent,
                        dependencies, created, owner)
                    VALUES (\(number), \(state), 'fs.read', 'fs', 'then', 0, 1, 0, 7, \(owner))
                    """)
                try transaction.run(
                    "INSERT INTO task_arguments (task, kind, bytes) VALUES (\(number), 1, x'7b7d')")
            }
        }
        readers.close()
        writer.close()
    }

    @Test(arguments: 1...Self.released.count)
    func `whatever version it has, its tasks are there, and new ones are taken`(
        version: Int
    ) throws {
        let folder = try TemporaryFolder("kernel-store")
        try makeFile(folder, version)
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        let waiting = try Answer.wait { store.tasks.task(TaskID(number: 5), $0) }
        #expect(waiting.state == .queued && waiting.name == "fs.read" && waiting.lease == nil)
        let running = try Answer.wait { store.tasks.task(TaskID(number: 6), $0) }
        #expect(running.state == .running && running.owner == "kernel-of-then")
        let new = try Answer.wait { store.tasks.submit([.test()], $0) }
        #expect(new.first?.state == .queued)
        let problems = try Answer.wait { store.problems(.full, $0) }
        #expect(problems == [])
    }
}
