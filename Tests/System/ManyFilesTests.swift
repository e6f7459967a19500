import Glibc
import KernelSystem
import KernelTesting
import Testing

/// A process with more open files than `select` knows. In one of its own.
@Suite struct ManyFilesTests {
    @Test func `with more open files than select knows no watcher is begun`() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let files = try ManyFiles(1_100)
            #expect(throws: SystemError.self) {
                _ = try DirectoryWatcher(
                    privateFolder: folder.path, handler: { _ in }, failureHandler: { _ in })
            }
            files.close()
            let watcher = try DirectoryWatcher(
                privateFolder: folder.path, handler: { _ in }, failureHandler: { _ in })
            watcher.stop()
        }
    }
}

/// Descriptors up to a number.
private struct ManyFiles {
    private var numbers: [Int32] = []

    init(_ count: Int) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = max(limit.rlim_cur, rlim_t(count + 100))
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        while (numbers.last ?? 0) < Int32(count) {
            let number = dup(0)
            try #require(number >= 0)
            numbers.append(number)
        }
    }

    func close() {
        for number in numbers { _ = Glibc.close(number) }
    }
}
