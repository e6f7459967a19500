import KernelSystem
import KernelTesting
import Synchronization
import Testing

struct MainLoopTests {
    @Test func `each job is named while it runs, and whoever watches hears it begin`() throws {
        let loop = try MainLoop()
        let seen = Mutex<[String]>([])
        loop.watch { [loop] in
            let label = loop.running?.label ?? ""
            seen.withLock { $0.append(label) }
        }
        for label in ["one", "two"] { loop.run(label: label) {} }
        loop.stop()
        try loop.runJobsUntilStopped()
        #expect(seen.withLock { $0 } == ["one", "two"])
        #expect(loop.running == nil)
    }
}
