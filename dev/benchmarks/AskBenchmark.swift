import KernelSystem
import KernelTesting

/// One question from the command line, beside what others would use for it: `llm`, and a script
/// with the package `openai`, both of PyPI.
enum AskBenchmark {
    private static let rounds = 15
    private static let question = "Why is the sky blue?"

    @Sendable static func run(_ house: BenchHouse) throws -> [Measurement] {
        let server = try ModelServer()
        let kernel = try KernelProgram(withBundledModules: true)
        try kernel.configure(
            """
            [chat]
            model = "bench/once"

            [providers.bench]
            module = "openai"
            preset = "compatible"
            base_url = "\(server.address)/v1"
            models = ["once"]
            """)
        let command = ["ask", question]
        // The first one sees the modules for the first time.
        try kernel.run(command)
        let alone = try Stopwatch.each(rounds, in: .milliseconds) { try kernel.run(command) }
        let attached = try kernel.serving { _, socket in
            _ = try Greeting.waiting(for: socket).answer()
            try kernel.run(command)
            return try Stopwatch.each(rounds, in: .milliseconds) { try kernel.run(command) }
        }
        let what = "exec of `kernel ask` to its exit, asking a server that answers at once"
        return [
            Measurement("ask", "\(what); no kernel runs", "ms", alone)
                .beside(house.peers.llm(server)),
            Measurement("ask-attached", "\(what); a kernel runs and is asked", "ms", attached)
                .beside(house.peers.openAIScript(server)),
        ]
    }
}
