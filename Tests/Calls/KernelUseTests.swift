import KernelBase
import KernelGenerations
import KernelHosting
import KernelSystem
import KernelTesting
import KernelWorkers
import Testing

@testable import KernelCalls

/// What the kernel says of what it takes itself.
@Suite(.blocking) struct KernelUseTests {
    @Test func `growth is told when it doubles the level, and is more than a little`() {
        var gauge = GrowthGauge(growthMin: 100)
        let levels = [30, 129, 130, 259, 200, 260, 519, 520]
        #expect(levels.map { gauge.grew(to: $0) } == [nil, nil, 30, nil, nil, 130, nil, 260])
    }

    private func bench() throws -> (KernelBench, KernelUseWatch) {
        let bench = try KernelBench()
        try bench.watch()
        let events = bench.events
        let watch = KernelUseWatch(
            bench.dispatcher, alarms: bench.alarms, pool: bench.lifecycle
        ) { events.add($0) }
        return (bench, watch)
    }

    private func warnings(_ bench: KernelBench) -> [String] {
        bench.events.events.compactMap { if case .warning(let text) = $0 { text } else { nil } }
    }

    @Test func `memory and descriptors that grow are told, with who was called`() throws {
        let (bench, watch) = try bench()
        try bench.serve("answer")
        watch.look(memoryBytes: 50 << 20, descriptors: 40)
        for _ in 0..<3 { #expect(bench.answer == "one") }
        watch.look(memoryBytes: 300 << 20, descriptors: 40)
        #expect(warnings(bench) == [])
        watch.look(memoryBytes: 400 << 20, descriptors: 40)
        watch.look(memoryBytes: 400 << 20, descriptors: 400)
        let texts = warnings(bench)
        #expect(texts.count == 2)
        #expect(
            texts.first?.hasPrefix(
                "the kernel itself uses 400 MiB of memory, and used 50 MiB before; calls of "
                    + "modules in it meanwhile: fixture (3). A module with isolation") == true)
        #expect(
            texts.last?.hasPrefix(
                "the kernel itself has 400 files and sockets open, and had 40 before; calls of "
                    + "modules in it meanwhile: none. ") == true)
    }

    @Test func `a flood of output in the kernel is told once, with who is at work`() throws {
        let (bench, watch) = try bench()
        try bench.serve("modes")
        let call = bench.begin("modes.thread", "deaf")
        try waitFor("it to be at work") { call.notes == ["deaf"] }
        for _ in 0..<3 { watch.printed(FloodGauge.bytesMax / 2 + 1) }
        #expect(bench.call("modes.thread", "release").succeeded)
        #expect(call.wait().succeeded)
        let texts = warnings(bench)
        #expect(texts.count == 1)
        #expect(texts.first?.contains("at work in it: modes.thread. ") == true)
    }
}
