import KernelSystem

/// A folder of its own for one test, removed with this object.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init(_ name: String = "kernel-test") throws {
        let base = try Self.base()
        let id = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        path = Path.join(base, "\(name)-\(id)")
        try Files.makeDirectories(path)
    }

    deinit {
        try? Files.removeTree(path)
    }

    package func file(_ name: String) -> String {
        Path.join(path, name)
    }

    private static func base() throws -> String {
        let folder = Environment.value("TMPDIR", or: "/tmp")
        return Files.resolved(folder) ?? folder
    }
}
