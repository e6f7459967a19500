import Glibc
import KernelStore
import KernelSystem
import KernelTesting
import Testing

/// Places where a database cannot be, seen by a process that has no more rights than a user.
@Suite(.blocking, .serialized) struct RefusalTests {
    /// The superuser may write anywhere, so that it becomes nobody.
    private static let asUser =
        getuid() == 0
        ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []

    private func errors(_ folder: String) throws -> [String] {
        let writer = try StoreWriter(folder, tasks: 4, through: Self.asUser)
        let (acknowledged, end) = try writer.end(killing: false)
        #expect(end == .exited(code: 1))
        #expect(acknowledged.submitted == [])
        return acknowledged.errors
    }

    @Test func `a folder that nobody may write to is named`() throws {
        let folder = try TemporaryFolder("kernel-store")
        try #require(chmod(folder.path, 0o555) == 0)
        defer { chmod(folder.path, 0o755) }
        let errors = try errors(folder.file("state"))
        #expect(errors.count == 1)
        #expect(errors.first?.contains("Permission denied") == true)
        #expect(errors.first?.contains(folder.file("state")) == true)
        #expect(try Files.names(in: folder.path) == [])
    }

    @Test(arguments: ["kernel.db", "kernel.db.lock"])
    func `a file that belongs to another one is named and left as it is`(name: String) throws {
        let folder = try TemporaryFolder("kernel-store")
        try SQLiteStore(folder: folder.path).close()
        let before = try Files.read(folder.file("kernel.db"), bytesMax: 1 << 20)
        try #require(chmod(folder.path, 0o777) == 0)
        for file in ["kernel.db", "kernel.db.lock"] {
            try #require(chmod(folder.file(file), file == name ? 0o400 : 0o666) == 0)
        }
        let errors = try errors(folder.path)
        #expect(errors.count == 1)
        #expect(errors.first?.contains("Permission denied") == true)
        #expect(errors.first?.contains(folder.file(name)) == true)
        #expect(try Files.read(folder.file("kernel.db"), bytesMax: 1 << 20) == before)
    }

    /// A file system in memory, for those who may mount one.
    private struct SmallDisk: ~Copyable {
        let path: String
        /// Removed after it was unmounted.
        private let folder: TemporaryFolder

        struct NotMounted: Error {}

        init(_ folder: TemporaryFolder, kibibytes: Int) throws {
            let path = folder.file("disk")
            try Files.makeDirectories(path)
            guard try Self.mount(["-t", "tmpfs", "-o", "size=\(kibibytes)k", "kernel", path])
            else { throw NotMounted() }
            self.path = path
            self.folder = folder
        }

        /// A container may forbid it to its superuser too.
        static let isPossible: Bool = {
            guard getuid() == 0, let folder = try? TemporaryFolder("kernel-mount") else {
                return false
            }
            do {
                _ = try SmallDisk(folder, kibibytes: 64)
                return true
            } catch {
                return false
            }
        }()

        func makeReadOnly() throws -> Bool { try Self.mount(["-o", "remount,ro", path]) }

        private static func mount(_ arguments: [String]) throws -> Bool {
            try Program.run(try Program.inPath("mount"), arguments).status == .exited(code: 0)
        }

        deinit {
            umount2(path, Int32(MNT_DETACH))
        }
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting is the superuser's"))
    func `a disk that is full is an error, and work goes on once there is room`() throws {
        let folder = try TemporaryFolder("kernel-store")
        let disk = try SmallDisk(folder, kibibytes: 1_500)
        let ballast = Path.join(disk.path, "ballast")
        try Files.replace(ballast, with: [UInt8](repeating: 1, count: 400_000))
        let state = Path.join(disk.path, "state")
        let writer = try StoreWriter(state)
        let (acknowledged, end) = try writer.end(killing: false)
        #expect(end == .exited(code: 0))
        #expect(!acknowledged.submitted.isEmpty)
        #expect(acknowledged.errors.count == 4)
        #expect(acknowledged.errors.allSatisfy { $0.contains("no room") && $0.contains(state) })
        try Files.remove(ballast)
        let store = try SQLiteStore(folder: state)
        defer { store.close() }
        for id in acknowledged.submitted {
            _ = try Answer.wait { store.tasks.task(id, $0) }
        }
        _ = try Answer.wait { store.tasks.submit([.test()], $0) }
        #expect(try Answer.wait { store.problems(.full, $0) } == [])
    }

    @Test(.enabled(if: SmallDisk.isPossible, "mounting is the superuser's"))
    func `a disk that is read-only is named`() throws {
        let folder = try TemporaryFolder("kernel-store")
        let disk = try SmallDisk(folder, kibibytes: 4_000)
        let state = Path.join(disk.path, "state")
        try SQLiteStore(folder: state).close()
        try #require(try disk.makeReadOnly())
        let error = refusal { _ = try SQLiteStore(folder: state) }
        #expect(error?.kind == .refused)
        #expect(error?.description.contains("Read-only file system") == true)
    }
}
