import KernelStore
import KernelTesting
import Testing

/// Commands that work on one state folder at the same time.
@Suite(.blocking) struct SideBySideTests {
    private let record = QuarantineRecord(
        build: "abc", failureClass: "crash", module: "fs", count: 3,
        since: Moment(milliseconds: 5), until: nil, reason: "It crashed.")

    private func list(_ store: SQLiteStore) throws -> [QuarantineRecord] {
        try Answer.wait { store.quarantine.list(includingLifted: false, $0) }
    }

    @Test func `the ids of a kernel follow those of the one before it`() throws {
        let folder = try TemporaryFolder("kernel-store")
        let before = try SQLiteStore(folder: folder.path)
        // As if it had made very many within the last moment.
        let last = TaskID(number: TaskID.make().number + (1 << 21))
        let task = NewTask.test().with { $0.id = last }
        _ = try Answer.wait { before.tasks.submit([task], $0) }
        before.close()
        let store = try SQLiteStore(folder: folder.path)
        defer { store.close() }
        #expect(TaskID.make() > last)
    }

    @Test func `who only reads keeps nobody from writing`() throws {
        let folder = try TemporaryFolder("kernel-store")
        try SQLiteStore(folder: folder.path).close()
        let stores = try (0..<3).map { _ in
            try SQLiteStore(folder: folder.path, opening: .whenWritten)
        }
        for store in stores { #expect(try list(store) == []) }
        try Answer.wait { stores[0].quarantine.put(record, $0) }
        for store in stores { #expect(try list(store) == [record]) }
        stores[0].close()
        let lifted = try Answer.wait {
            stores[1].quarantine.lift(build: "abc", by: "me", at: .now, $0)
        }
        #expect(lifted == 1)
        for store in stores.dropFirst() {
            #expect(try list(store) == [])
            store.close()
        }
    }

    @Test func `the first use makes a file that is missing`() throws {
        let folder = try TemporaryFolder("kernel-store")
        let store = try SQLiteStore(folder: folder.file("state"), opening: .whenWritten)
        defer { store.close() }
        #expect(try list(store) == [])
        #expect(try Answer.wait { store.problems(.full, $0) } == [])
    }

    @Test func `what was handed in before the end is kept`() throws {
        let folder = try TemporaryFolder("kernel-store")
        let store = try SQLiteStore(folder: folder.path, opening: .whenWritten)
        store.quarantine.put(record) { _ in }
        store.close()
        let next = try SQLiteStore(folder: folder.path)
        defer { next.close() }
        #expect(try list(next) == [record])
    }
}
