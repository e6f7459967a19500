import KernelBuilds
import KernelCalls
import KernelGenerations
import KernelLoader
import KernelSystem
import ModuleJSON

/// The memory that every reload leaves behind, since nothing Swift is ever unmapped.
enum KeptBenchmarks {
    static let all = [
        Benchmark(name: "kept", about: "memory kept by each reload of a module") { house in
            try ([0] + KitSource.taskCounts).flatMap { try measure(house, tasks: $0) }
        }
    ]

    private static let reloads = 200

    /// Without Codable tasks: the C module.
    private static func measure(_ house: BenchHouse, tasks: Int) throws -> [Measurement] {
        // Short, so that the generations are retired in their turn within the run.
        let kernel = try BenchKernel(house) { $0.probationSeconds = 0.1 }
        defer { kernel.stop() }
        let bytes =
            tasks == 0 ? try house.builds.inC() : try house.builds.byKit(tasks: tasks)
        let orders =
            tasks == 0
            ? [CallOrder("bench-0000.answer", .bytes([]))]
            : (1...tasks).map { CallOrder("bench-0000.work\($0)", .json([:])) }
        try kernel.begin(bytes)
        let listener = LastOutcome()
        func callEach() throws {
            for order in orders { _ = try kernel.value(order, listener) }
        }
        try callEach()
        var number = 0
        func reload(_ count: Int) throws {
            for _ in 0..<count {
                number += 1
                try kernel.install(try ModuleBuilds.numbered(bytes, number))
                try kernel.events.waitUntilServed(number + 1)
                try callEach()
            }
        }
        // What the first reloads bring to life once is not kept by each.
        try reload(20)
        let before = try ProcessMemory.own()
        try reload(reloads)
        let after = try ProcessMemory.own()
        let subject =
            tasks == 0
            ? "the C module, its task"
            : "a ModuleKit module with \(tasks) Codable task\(tasks == 1 ? "" : "s"), each"
        let what =
            "growth of private-dirty memory (Anonymous of smaps_rollup: a file that is not yet on "
            + "the disk counts as dirty in Private_Dirty) over \(reloads) reloads of \(subject) "
            + "called once in every generation"
        func grown(_ kibibytes: (ProcessMemory) -> Int) -> Double {
            Double(kibibytes(after) - kibibytes(before)) / Double(reloads)
        }
        let name = tasks == 0 ? "kept-c" : "kept-\(tasks)"
        return [
            Measurement(
                name, what, "KiB", grown(\.anonymousKibibytes), promise: Double(24 + 12 * tasks)),
            Measurement(
                "\(name)-file",
                "as \(name), but pages of files, which the system can take back: code, and what "
                    + "was read-only once addresses had been written on it",
                "KiB", grown { $0.residentKibibytes - $0.anonymousKibibytes }),
        ]
    }
}
