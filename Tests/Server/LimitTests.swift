import KernelBase
import KernelBuilds
import KernelLoader
import KernelTesting
import KernelWire
import ModuleJSON
import Testing

@testable import KernelServer

/// What a module says too much of, or wrongly, costs nobody else anything.
@Suite(.timeLimit(.minutes(2)))
struct LimitTests {
    @Test(arguments: ["chatter.unknown", "chatter.unknown_process"])
    func `a line of a call that JSON cannot name is a line of no call`(task: String) throws {
        let bench = try ServerBench()
        try bench.install("chatter")
        let outcome = try bench.client().run(task)
        #expect(outcome.status == "ok")
        let lines = bench.log.recent(10, module: "chatter").filter { $0.text.hasPrefix("of ") }
        #expect(lines.map(\.call) == [nil, outcome.call])
    }

    @Test func `what a worker says of other calls, or no number can be, is not believed`() throws {
        let bench = try ServerBench()
        try bench.install("chatter")
        let client = try bench.client()
        let outcome = try client.run("chatter.forge")
        #expect(outcome.status == "ok", "\(outcome.message)")
        let reports = client.notifications(CallNews.progress)
        #expect(reports.count == 1 && reports.allSatisfy { $0["fraction"] == nil })
        #expect(client.notifications(CallNews.output).isEmpty)
    }

    @Test func `without a context the host refuses, and lives`() throws {
        let bench = try ServerBench()
        try bench.install("chatter")
        #expect(try bench.client().run("chatter.contextless").value == "refused")
    }

    @Test func `a flood of lines is cut, and the next line says by how many`() throws {
        let bench = try ServerBench()
        try bench.install("chatter")
        _ = try bench.client().run("chatter.flood")
        let lines = bench.log.recent(2_000, module: "chatter")
        #expect(lines.count < 1_000)
        #expect(lines.last?.text.contains("more lines were dropped") == true)
        var pace = LogPace()
        for _ in 0..<LogPace.linesMax { #expect(pace.next(now: 5) == .keep(dropped: 0)) }
        #expect(pace.next(now: 6) == .drop)
        #expect(pace.next(now: 4) == .drop)
        #expect(pace.next(now: 1_000_000_006) == .keep(dropped: 2))
        #expect(pace.next(now: 1_000_000_007) == .keep(dropped: 0))
    }

    @Test func `lines below the level take no room from the others`() {
        let log = LogStore { _ in }
        for _ in 0..<LogPace.linesMax * 2 {
            log.add(LogLine(module: "chatter", level: .debug, text: "unseen"))
        }
        log.add(LogLine(module: "chatter", level: .warning, text: "seen"))
        #expect(log.recent(10, module: "chatter").map(\.text) == ["seen"])
    }

    @Test func `a long line is cut and says how long it was`() throws {
        let bench = try ServerBench()
        try bench.install("chatter")
        _ = try bench.client().run("chatter.long")
        let line = try #require(bench.log.recent(1, module: "chatter").first)
        #expect(line.text.utf8.count < LogPace.textBytesMax + 100)
        #expect(line.text.hasSuffix("(cut: the line had 100000 bytes)"))
        #expect(LogPace.cut("short") == "short")
    }

    @Test func `fast reports are merged, and the last one is heard before the end`() throws {
        let bench = try ServerBench()
        try bench.install("chatter")
        let client = try bench.client()
        _ = try client.run("chatter.progress")
        let reports = client.notifications(CallNews.progress)
        #expect(reports.count < 500)
        #expect(reports.last?["note"] == "the last")
    }

    @Test func `of the reports within a moment the first and the last are told`() {
        var merge = ProgressMerge()
        let gap = ProgressMerge.gapNanoseconds
        let reports = (0..<4).map { ProgressMerge.Report(fraction: nil, note: "\($0)") }
        #expect(merge.next(reports[0], now: 100) == .tell)
        #expect(merge.next(reports[1], now: 101) == .wait(untilNanoseconds: 100 + gap))
        #expect(merge.next(reports[2], now: 102) == .merged)
        #expect(merge.takePending(now: 100 + gap) == reports[2])
        #expect(merge.takePending(now: 101 + gap) == nil)
        #expect(merge.next(reports[3], now: 100 + gap * 2) == .tell)
    }
}
