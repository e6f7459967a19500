/// The start of the whole program.
enum StartBenchmarks {
    static let all: [Benchmark] = []
}
