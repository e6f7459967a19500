import Glibc
import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelSystem
import KernelTesting
import Testing

/// A kernel that may open no more files says so at whatever step that is, and works again
/// afterwards. In a process of its own, since the limit is the process's.
@Suite struct OpenFilesTests {
    @Test func `a build that meets the limit of open files is refused, and taken in later`() async {
        await #expect(processExitsWith: .success) {
            let bench = try KernelBench()
            try bench.watch()
            try bench.serve("answer", defining: ["FIXTURE_ANSWER=\"0\""])
            try #require(bench.answer == "0")
            var refusals = 0
            for spare in 0...16 {
                let answer = "\(spare + 1)"
                let built = try bench.build("answer", defining: ["FIXTURE_ANSWER=\"\(answer)\""])
                try Self.limitFiles(toThoseOpenAnd: spare)
                try Files.rename(built, to: bench.path("module.so"))
                let event = try #require(
                    bench.events.next { event -> LoaderEvent? in
                        switch event {
                        case .serving, .refused: event
                        default: nil
                        }
                    })
                try Self.setLimit(1_024)
                if case .refused(let refused) = event {
                    refusals += 1
                    try #require(refused.reason.contains("open files"), "\(refused.sentence)")
                    try #require(bench.answer == "\(spare)")
                    try Shell.run("touch \(bench.path("module.so"))")
                    _ = try bench.nextServing()
                }
                try #require(bench.answer == answer)
            }
            try #require(refusals > 3, "the limit was met only \(refusals) times")
        }
    }

    /// Lowers the limit, so that about `spare` more files can be opened: numbers below it that
    /// are free count too.
    private static func limitFiles(toThoseOpenAnd spare: Int) throws {
        let open = try Files.names(in: "/proc/self/fd").compactMap(Int.init).sorted()
        let free = open.enumerated().first { $0.offset != $0.element }
        try setLimit((free?.offset ?? open.count) + spare)
    }

    private static func setLimit(_ number: Int) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = rlim_t(number)
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    }
}
