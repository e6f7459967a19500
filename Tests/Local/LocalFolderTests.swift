import KernelSystem
import KernelTesting
import Testing

@testable import KernelLocal

/// What processes write down of their servers, side by side.
struct LocalFolderTests {
    private let folder: TemporaryFolder
    private var root: String { folder.file("local") }

    init() throws {
        folder = try TemporaryFolder()
    }

    private static func record(_ process: Int32) throws -> ServerRecord {
        let text = """
            {"process":\(process),"startTicks":1,"boot":"b","port":8081,"key":"k","command":["x"]}
            """
        return try #require(ServerRecord(Array(text.utf8)))
    }

    private static func processes(_ folder: LocalFolder) -> [Int32] {
        folder.takeOver().map(\.record.process)
    }

    @Test func `two processes at once have their own records and logs`() throws {
        let one = try LocalFolder(root)
        let other = try LocalFolder(root)
        try one.write(Self.record(7), of: "small")
        try other.write(Self.record(8), of: "small")
        #expect(Self.processes(one) == [7] && Self.processes(other) == [8])
        #expect(one.log(of: "small") != other.log(of: "small"))
        other.forget("small", process: 8)
        #expect(Self.processes(one) == [7] && Self.processes(other) == [])
    }

    @Test func `what a process has left is taken over once, by whoever comes next`() throws {
        do {
            let kernel = try LocalFolder(root)
            let command = try LocalFolder(root)
            try kernel.write(Self.record(7), of: "small")
            try command.write(Self.record(8), of: "small")
            let third = try LocalFolder(root)
            #expect(Self.processes(third) == [])
            withExtendedLifetime((kernel, command)) {}
        }
        #expect(LocalFolder.hasRecords(root))
        let next = try LocalFolder(root)
        #expect(next.takeOver().map(\.name) == ["small", "small"])
        let beside = try LocalFolder(root)
        #expect(Self.processes(next) == [7, 8] && Self.processes(beside) == [])
    }

    @Test func `the log of a server that is taken over goes along`() throws {
        let kernel = try LocalFolder(root)
        try Files.replace(kernel.log(of: "small"), with: Array("of another\n".utf8))
        do {
            let command = try LocalFolder(root)
            try command.write(Self.record(8), of: "small")
            try Files.replace(command.log(of: "small"), with: Array("its own\n".utf8))
        }
        #expect(Self.processes(kernel) == [8])
        #expect(kernel.lastLines(of: "small") == ["its own"])
        let old = try Files.read(kernel.log(of: "small") + ".old", bytesMax: 99)
        #expect(old == Array("of another\n".utf8))
    }

    @Test func `a folder that cannot be locked for another reason is told as it is`() throws {
        // No file can be made where a folder has its name.
        try Files.makeDirectories(Path.join(root, "lock"))
        let failure = #expect(throws: SystemError.self) { _ = try LocalFolder(root) }
        #expect(failure?.description.contains("lock") == true)
    }

    @Test func `beside one that lives, what others have left is taken over too`() throws {
        let kernel = try LocalFolder(root)
        do {
            let first = try LocalFolder(root)
            let second = try LocalFolder(root)
            try first.write(Self.record(8), of: "a_b")
            try second.write(Self.record(9), of: "c.d")
        }
        let next = try LocalFolder(root)
        #expect(next.takeOver().map(\.name).sorted() == ["a_b", "c.d"])
        #expect(Self.processes(kernel) == [])
    }

    @Test func `a record that cannot be read is removed`() throws {
        let kernel = try LocalFolder(root)
        try Files.replace(Path.join(root, "small.9.server"), with: Array("no".utf8))
        #expect(Self.processes(kernel) == [] && !LocalFolder.hasRecords(root))
    }
}
