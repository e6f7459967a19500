import KernelBase
import KernelBuilds
import KernelGenerations
import KernelLoader
import KernelResidence
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelCalls

/// Many reloads under calls in every mode: no call fails or is lost, and each is answered by a
/// build that was in service while it ran.
@Suite(.blocking) struct TortureTests {
    /// The long form is for `dev/check --long`.
    private static let isLong = LongForm.isWanted
    private static let reloads = isLong ? 1_000 : 60

    /// Pools, caches and the allocator have their size by then.
    private static let warmUp = isLong ? 200 : 20
    /// In bytes for each reload: what is mapped of a build and its records in the one case, what a
    /// loader remembers of it in the other.
    private static let keptMax: [Isolation: Int] = [.kernel: 24 << 10, .process: 12 << 10]

    /// Without the copies of builds, which count as dirty until they are on the disk.
    private static var keptBytes: Int {
        get throws {
            let text = try Files.read("/proc/self/smaps_rollup", bytesMax: 1 << 16)
            let line = String(decoding: text, as: UTF8.self).split(separator: "\n")
                .first { $0.hasPrefix("Anonymous:") }
            let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            return try #require(kibibytes) << 10
        }
    }

    /// Which builds were in service, and what they answered. Each build answers with its number,
    /// which is that of its generation.
    private final class Callers: Sendable {
        struct Fault: Sendable {
            let address: String
            let what: String
        }

        private let bench: KernelBench
        private let begun = Atomic<Int>(0)
        private let stopping = Atomic(false)
        private let left = Condition(0)
        private let faults = Mutex<[Fault]>([])
        private let heard = Mutex<[String: Set<Int>]>([:])

        init(_ bench: KernelBench) {
            self.bench = bench
        }

        func start(_ addresses: [String]) throws {
            left.withLock { $0 = addresses.count }
            for address in addresses {
                try SystemThread.start(name: "caller") { self.work(address) }
            }
        }

        /// A reload begins: from now on its build may answer.
        func reloadBegins() { begun.add(1, ordering: .sequentiallyConsistent) }

        private func work(_ address: String) {
            while !stopping.load(ordering: .relaxed) {
                let before = Int(bench.loader.slot("fixture")?.current?.number ?? 0)
                let listener = bench.begin(address)
                let outcome = listener.wait()
                let after = begun.load(ordering: .sequentiallyConsistent)
                check(address, outcome, before...max(before, after))
                if listener.ends.count != 1 { fault(address, "ended \(listener.ends.count) times") }
            }
            left.withLock { $0 -= 1 }
            left.broadcast()
        }

        private func check(
            _ address: String, _ outcome: CallOutcome, _ possible: ClosedRange<Int>
        ) {
            guard outcome.succeeded, let number = Int(outcome.text) else {
                return fault(address, outcome.text)
            }
            _ = heard.withLock { $0[address, default: []].insert(number) }
            guard possible.contains(number) else {
                return fault(address, "answered by \(number), in service were \(possible)")
            }
        }

        private func fault(_ address: String, _ what: String) {
            faults.withLock { $0.append(Fault(address: address, what: what)) }
        }

        func stop() -> (faults: [Fault], heard: [String: Set<Int>]) {
            stopping.store(true, ordering: .relaxed)
            _ = left.wait { $0 == 0 ? true : nil }
            return (faults.withLock { $0 }, heard.withLock { $0 })
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: [Isolation.kernel, .process])
    func `reloads under calls in every mode lose nothing`(isolation: Isolation) throws {
        let bench = try KernelBench {
            $0.loader.generationsMax = 10_000
            $0.isolation = { _ in IsolationDecision(isolation, .configuration) }
        }
        try bench.watch()
        let tasks = RunMode.allCases.map { #"FIXTURE_TASK("\#($0.name)","\#($0.name)")"# }
            .joined(separator: #"",""#)
        let build = try NumberedBuild(
            of: bench.build(
                "hazard",
                defining: [
                    "HAZARD_TASKS=\(tasks)", "FIXTURE_ANSWER=\"\(NumberedBuild.mark)\"",
                    "HAZARD_SAVE=",
                ]))
        let callers = Callers(bench)
        func reload(_ number: Int) throws {
            callers.reloadBegins()
            try bench.move(try build.write(number), to: "module.so")
            let event = try bench.nextServing()
            #expect(event.generation == UInt64(number))
            #expect(event.callsCancelled == 0)
        }
        try reload(1)
        for mode in RunMode.allCases {
            #expect(Int(bench.call("fixture.\(mode.name)").text) == 1)
        }
        try callers.start([
            "fixture.main", "fixture.thread", "fixture.thread", "fixture.process",
        ])
        for number in 2...Self.warmUp { try reload(number) }
        let before = try Self.keptBytes
        for number in Self.warmUp + 1...Self.reloads { try reload(number) }
        let (faults, heard) = callers.stop()
        let kept = try (Self.keptBytes - before) / (Self.reloads - Self.warmUp)
        #expect(!Self.isLong || kept < Self.keptMax[isolation]!, "\(kept) bytes are kept of each")
        #expect(faults.isEmpty, "\(faults.count) faults: \(faults.prefix(3))")
        for mode in RunMode.allCases {
            let numbers = heard["fixture.\(mode.name)", default: []]
            #expect(numbers.count > Self.reloads / 10, "\(mode.name): \(numbers.sorted())")
        }
        let generations = isolation == .kernel ? Self.reloads : 0
        #expect(bench.loader.slot("fixture")?.kept.generations == generations)
    }

    @Test(.timeLimit(.minutes(10)))
    func `three hundred new files as fast as they can be moved in end with the last one`() throws {
        let bench = try KernelBench { $0.loader.generationsMax = 10_000 }
        try bench.watch()
        let builds = try (0...2).map { number in
            try bench.build("answer", defining: ["FIXTURE_ANSWER=\"\(number)\""])
        }
        for number in 0...1 { try bench.move(builds[number], to: "module.so") }
        _ = try bench.nextServing()
        _ = bench.answer
        for number in 1...300 { try bench.move(builds[number % 2], to: "module.so") }
        try bench.move(builds[2], to: "module.so")
        try waitFor("the last one to serve") { bench.answer == "2" }
        try bench.barrier()
        #expect(bench.answer == "2")
        let refused = bench.events.events.filter { if case .refused = $0 { true } else { false } }
        #expect(refused.isEmpty, "\(refused.prefix(2))")
    }
}

/// One library, written again with another number in the place of its answer: another build.
private struct NumberedBuild {
    /// A text that is nowhere else in the file.
    static let mark = "00000000000000077777"

    private let path: String
    private let bytes: [UInt8]
    private let place: Range<Int>

    init(of path: String) throws {
        self.path = path
        let bytes = try Files.read(path, bytesMax: 1 << 24)
        let mark = Array(Self.mark.utf8)
        let start = bytes.indices.first { bytes[$0...].starts(with: mark) }
        self.bytes = bytes
        place = try #require(start)..<(try #require(start) + mark.count)
    }

    /// Where the build of this number lies now.
    func write(_ number: Int) throws -> String {
        var changed = bytes
        let figures = String(number)
        let zeros = String(repeating: "0", count: place.count - figures.utf8.count)
        changed.replaceSubrange(place, with: (zeros + figures).utf8)
        try Files.replace(path, with: changed)
        return path
    }
}
