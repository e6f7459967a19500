import KernelBase
import KernelBuilds
import KernelHosting
import KernelResidence
import KernelSystem
import KernelTesting
import Testing

@testable import KernelCalls
@testable import KernelGenerations
@testable import KernelLoader

/// Workers that end on the way into service.
@Suite(.blocking) struct LossTests {
    @Test func `an instance whose worker has ended before it is handed over is made anew`() throws {
        let bench = try KernelBench { $0.isolate() }
        try bench.watch()
        try bench.serve("answer")
        let slot = try #require(bench.loader.slot("fixture"))
        let generation = try #require(slot.current)
        let resident = try bench.loader.tools.factory.makeResident(of: generation, slot)
        try resident.start()
        try Shell.run("kill -9 \(resident.process)")
        try waitFor("its end") { resident.isGone && !Files.exists("/proc/\(resident.process)") }
        #expect(bench.events.count == 1)
        generation.adopt(resident)
        #expect(bench.answer == "one")
        #expect(try bench.nextEnded().reason.contains("SIGKILL"))
        #expect(generation.instanceIfPresent !== resident)
    }
}
