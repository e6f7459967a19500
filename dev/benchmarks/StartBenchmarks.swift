import KernelSystem

/// The start of the whole program.
enum StartBenchmarks {
    static let all = [
        Benchmark(name: "start", about: "the start of the program", run: start),
        Benchmark(name: "serve", about: "the start of a kernel to its socket", run: serve),
        Benchmark(name: "memory", about: "memory at rest", run: memory),
    ]

    private static let rounds = 25
    private static let bundledCount = 7
    private static let command = ["modules", "--json"]

    @Sendable private static func start(_ house: BenchHouse) throws -> [Measurement] {
        let module = try house.builds.inC()
        let what = "exec of `kernel modules --json` to its exit"
        let known = ", known from the index; ready comes earlier, so this is an upper bound"
        let python = try house.peers.pythonStart()

        let none = try KernelProgram(withBundledModules: false)
        let first = try measure(none, modules: 0)

        let usual = try KernelProgram(withBundledModules: true)
        try usual.install(try ModuleBuilds.named(module, 1), as: "bench.so")
        let bundled = try measure(usual, modules: bundledCount + 1)

        let many = try KernelProgram(withBundledModules: false)
        for number in 1...100 {
            try many.install(try ModuleBuilds.named(module, number), as: "bench-\(number).so")
        }
        let probing = try Stopwatch.once(in: .milliseconds) { try many.run(command) }
        let hundred = try measure(many, modules: 100)
        return [
            Measurement("start-0", "\(what), no modules", "ms", first, promise: 15).beside(python),
            Measurement(
                "start-bundled",
                "\(what), the \(bundledCount) bundled modules and one more\(known)",
                "ms", bundled, promise: 15
            ).beside(house.peers.mcpStartMilliseconds),
            Measurement("start-100", "\(what), 100 modules\(known)", "ms", hundred, promise: 25)
                .beside(python),
            Measurement(
                "start-first", "\(what), 100 modules seen for the first time, each probed; once",
                "ms", probing),
        ]
    }

    private static func measure(_ program: KernelProgram, modules: Int) throws -> Spread {
        // The first start makes folders and sees the modules for the first time.
        try program.run(command)
        let count = try program.servingCount()
        guard count == modules else {
            throw BenchFailure("\(count) modules are in service instead of \(modules)")
        }
        return try Stopwatch.each(rounds, in: .milliseconds) { try program.run(command) }
    }

    /// A command that attaches is the other half of what a client waits for.
    @Sendable private static func serve(_ house: BenchHouse) throws -> [Measurement] {
        let module = try house.builds.inC()
        let bundled = try KernelProgram(withBundledModules: true)
        try bundled.install(try ModuleBuilds.named(module, 1), as: "bench.so")
        let many = try KernelProgram(withBundledModules: false)
        for number in 1...100 {
            try many.install(try ModuleBuilds.named(module, number), as: "bench-\(number).so")
        }
        let what = "exec of `kernel serve` to "
        var measurements: [Measurement] = []
        for (name, program, count, promise) in [
            ("bundled", bundled, bundledCount + 1, 15.0), ("100", many, 100, 25.0),
        ] {
            try program.run(command)
            let starts = try (0..<rounds).map { _ in try program.timeToServe() }
            let known = ", \(count) modules, known from the index"
            measurements += [
                Measurement(
                    "serve-\(name)", what + "its socket accepting" + known, "ms",
                    Spread(starts.map(\.accepting)), promise: promise),
                Measurement(
                    "serve-\(name)-welcome", what + "its first reply, with all modules" + known,
                    "ms", Spread(starts.map(\.welcomed)), promise: promise),
            ]
        }
        let attached = try bundled.serving { _, socket in
            _ = try Greeting.waiting(for: socket)
            return try Stopwatch.each(rounds, in: .milliseconds) { try bundled.run(command) }
        }
        return measurements + [
            Measurement(
                "attach", "exec of `kernel modules --json` to its exit, attached to a kernel",
                "ms", attached)
        ]
    }

    @Sendable private static func memory(_ house: BenchHouse) throws -> [Measurement] {
        let program = try KernelProgram(withBundledModules: true)
        try program.install(try ModuleBuilds.named(try house.builds.inC(), 1), as: "bench.so")
        let lines = [
            "fs.list", "apps.list", "system.battery", "bench-0001.work text=hello", "/modules",
        ]
        // The first start tries every module, and has mapped more by then than a usual one.
        let first = try use(program, lines)
        let processes = try use(program, lines)
        let (parent, kernel, zygotes) = processes
        let zygote = zygotes.reduce(0) { $0 + $1.proportionalKibibytes }
        let what =
            "PSS of `kernel --dev` with all bundled modules in service, after one call of each of "
            + "the three with tasks and one in a worker, "
        let resident = ([parent, kernel] + zygotes).reduce(0) { $0 + $1.residentKibibytes }
        func mebibytes(_ kibibytes: Int) -> Double { Double(kibibytes) / 1_024 }
        return [
            Measurement(
                "memory", what + "with its parent and its zygote", "MiB", whole(processes),
                promise: 25),
            Measurement(
                "memory-first",
                "as memory, after a start that has seen the modules for the first time",
                "MiB", whole(first)),
            Measurement(
                "memory-kernel", what + "the kernel alone", "MiB",
                mebibytes(kernel.proportionalKibibytes)),
            Measurement("memory-zygote", what + "its zygote alone", "MiB", mebibytes(zygote)),
            Measurement(
                "memory-resident",
                "as memory, but RSS: what PSS would at most be, were there no "
                    + "other program that shares the libraries", "MiB", mebibytes(resident)),
        ]
    }

    private typealias Processes = (
        parent: ProcessMemory, kernel: ProcessMemory, zygotes: [ProcessMemory]
    )

    private static func use(_ program: KernelProgram, _ lines: [String]) throws -> Processes {
        try program.atRest(after: lines, until: "libSystemControl.so") { process in
            guard let kernel = try ProcessMemory.children(of: process).first else {
                throw BenchFailure("the parent has no kernel")
            }
            let children = try ProcessMemory.children(of: kernel)
            return (
                try ProcessMemory("\(process)"), try ProcessMemory("\(kernel)"),
                try children.map { try ProcessMemory("\($0)") }
            )
        }
    }

    private static func whole(_ processes: Processes) -> Double {
        let all = [processes.parent, processes.kernel] + processes.zygotes
        return Double(all.reduce(0) { $0 + $1.proportionalKibibytes }) / 1_024
    }
}
