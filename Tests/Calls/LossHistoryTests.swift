import KernelBase
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelResidence
import KernelSystem
import KernelTesting
import Testing

@testable import KernelCalls

/// Calls in the kernel that keep their threads: how often that is borne.
@Suite(.blocking) struct LossHistoryTests {
    private static func moment(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) }

    @Test func `so many losses of one build within the window are too many`() {
        var history = LossHistory()
        let lost: [(build: String, seconds: Double, isTooMuch: Bool)] = [
            ("a", 1, false), ("a", 2, false), ("b", 3, false), ("a", 3, false), ("a", 4, false),
            // The first one is forgotten.
            ("a", 301.5, false), ("a", 301.6, true), ("a", 301.7, false),
        ]
        for loss in lost {
            let isTooMuch = history.isTooMuch(
                adding: loss.build, nowNanoseconds: Self.moment(loss.seconds))
            #expect(isTooMuch == loss.isTooMuch, "\(loss)")
        }
    }

    @Test(arguments: ["thread", "main"])
    func `a build whose calls do not end again and again is moved out of the kernel`(
        mode: String
    ) throws {
        let bench = try KernelBench { $0.dispatcher.graceSeconds = 0.05 }
        try bench.watch()
        let release = bench.folder.file("release")
        try bench.serve(
            "mischief", as: "mischief.so", defining: ["MISCHIEF_RELEASE=\"\(release)\""])
        let slot = try #require(bench.loader.slot("mischief"))
        for number in 1...LossHistory.lossesMax {
            #expect(slot.current?.home.isolation == .kernel, "before call \(number)")
            let outcome = bench.call("mischief.\(mode)", "hang", timeoutSeconds: 0.1)
            #expect(outcome.status == .deadline)
            // One at a time holds the main loop.
            guard mode == "main", number < LossHistory.lossesMax else { continue }
            try Files.replace(release, with: [])
            try waitFor("the main loop") { bench.call("mischief.main", "well").succeeded }
            try Files.remove(release)
        }
        _ = try bench.nextServing()
        #expect(slot.current?.home.isolation == .process)
        #expect(bench.call("mischief.\(mode)", "well").text == "one")
        #expect(slot.current?.instanceIfPresent?.isElsewhere == true)
        let warnings = bench.events.events.compactMap { event in
            if case .warning(let text) = event { text } else { nil }
        }
        #expect(
            warnings.contains {
                $0.contains("mischief is moved to a process of its own")
                    && $0.contains("went on with 5 calls within 300 s")
                    && $0.contains("/module lift")
            }, "\(warnings)")
        try Files.replace(release, with: [])
        try waitFor("the threads to return") { bench.pool.counts.abandoned == 0 }
        #expect(bench.loader.lift("mischief", by: "a test") == .lifted)
        _ = try bench.nextServing()
        #expect(slot.current?.home.isolation == .kernel)
    }
}
