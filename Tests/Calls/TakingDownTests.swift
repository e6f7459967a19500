import KernelLoader
import KernelSystem
import KernelTesting
import Testing

/// A kernel that was taken down leaves nothing of itself in its process. In a process of its own,
/// where nobody else opens files.
@Suite struct TakingDownTests {
    @Test func `no descriptor stays open after kernels that served`() async {
        await #expect(processExitsWith: .success) {
            for isolated in [false, true] {
                // What is opened once for the process.
                try Self.serveAndTakeDown(isolated: isolated)
                let before = try Files.names(in: "/proc/self/fd").count
                for _ in 0..<3 { try Self.serveAndTakeDown(isolated: isolated) }
                try waitFor("all descriptors to be closed") {
                    try Files.names(in: "/proc/self/fd").count <= before
                }
            }
        }
    }

    private static func serveAndTakeDown(isolated: Bool) throws {
        let bench = try KernelBench { if isolated { $0.isolate() } }
        try bench.watch()
        try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"1\""])
        try #require(bench.answer == "1")
        try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"2\""])
        try #require(bench.answer == "2")
    }
}
