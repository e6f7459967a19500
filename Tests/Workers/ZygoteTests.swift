import KernelSystem
import KernelTesting
import Testing

@testable import KernelWorkers

struct ZygoteTests {
    private let bench: WorkerBench

    init() throws {
        bench = try WorkerBench()
    }

    private func signal(_ process: String, _ name: String) throws {
        try Shell.run("kill -\(name) \(process)")
    }

    /// The zygote is its workers' parent.
    private func zygote(of worker: WorkerProcess) throws -> String {
        try Shell.run("ps -o ppid= -p \(worker.process)").filter(\.isNumber)
    }

    @Test func `a fork that the zygote took to its grave is asked of the next at once`() throws {
        let zygote = try zygote(of: try bench.worker())
        try signal(zygote, "STOP")
        let order = try WorkerProcess.Order(
            zygote: bench.zygote, name: "test", output: bench.output,
            events: WorkerEvents(log: { _, _, _ in }))
        try signal(zygote, "KILL")
        let started = SystemClock.monotonicNanoseconds
        let worker = try WorkerProcess(order)
        #expect(SystemClock.monotonicNanoseconds - started < 4_000_000_000)
        #expect(try self.zygote(of: worker) != zygote)
    }

    @Test func `while the next zygote starts whoever wants a worker waits for it`() throws {
        for _ in 0..<3 {
            try signal(try zygote(of: try bench.worker()), "KILL")
            _ = try bench.worker()
        }
    }
}
