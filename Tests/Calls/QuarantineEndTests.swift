import KernelGenerations
import KernelLoader
import KernelResidence
import KernelTesting
import Testing

@testable import KernelCalls

/// Builds that are quarantined while another one serves, and what happens when it is over.
@Suite(.blocking) struct QuarantineEndTests {
    private func bench(quarantineSeconds: Double) throws -> KernelBench {
        let bench = try KernelBench {
            $0.isolate()
            $0.policy.failuresMax = 1
            $0.policy.quarantineSeconds = quarantineSeconds
        }
        try bench.watch()
        return bench
    }

    @Test func `a quarantined build does not take the place of another one`() throws {
        let bench = try bench(quarantineSeconds: 600)
        try bench.serve("hazard", defining: ["HAZARD_CALL=crash()"])
        let bad = bench.folder.file("bad.so")
        try Shell.run("cp \(bench.path("module.so")) \(bad)")
        #expect(bench.answer.contains("quarantined"))
        try bench.serve("hazard", defining: ["FIXTURE_ANSWER=\"two\""])
        for isUsed in [false, true] {
            if isUsed { #expect(bench.answer == "two") }
            try bench.move(bad, to: "module.so")
            let refused = try bench.nextRefused()
            #expect(refused.reason.hasPrefix("it is quarantined for another 10 min"))
            #expect(bench.answer == "two")
        }
        // Once it is lifted the file is looked at again.
        #expect(bench.loader.lift("fixture", by: "a test") == .lifted)
        _ = try bench.nextServing()
        #expect(bench.answer.contains("SIGSEGV"))
    }

    @Test func `work that nobody calls for goes on after a quarantine`() throws {
        let bench = try bench(quarantineSeconds: 0.2)
        try bench.serve("hazard", defining: ["HAZARD_START="])
        #expect(bench.answer == "one")
        let generation = try #require(bench.loader.slot("fixture")?.current)
        let process = try bench.resident().process
        try Shell.run("kill -9 \(process)")
        #expect(try bench.nextEnded().consequence.contains("quarantined"))
        try waitFor("it to be back without a call") {
            let resident = generation.instanceIfPresent as? Resident
            return resident.map { $0.process != process && $0.isActive } ?? false
        }
    }
}
