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

    @Test func `one that hangs is ended, and the next one asked`() throws {
        let bench = try WorkerBench(answerSeconds: 0.5)
        let zygote = try zygote(of: try bench.worker())
        try signal(zygote, "STOP")
        #expect(try self.zygote(of: try bench.worker()) != zygote)
    }

    @Test func `one that was stopped is not waited for`() throws {
        let bench = try WorkerBench(answerSeconds: 1_000)
        bench.zygote.stop()
        #expect(throws: WorkerFailure.self) { try bench.worker() }
    }

    @Test func `what nobody holds any more leaves no thread and no descriptor`() async {
        await #expect(processExitsWith: .success) {
            func names() throws -> Int {
                try Files.names(in: "/proc/self/fd").count
                    + Files.names(in: "/proc/self/task").count
            }
            func useAndDrop() throws {
                _ = try WorkerBench(stops: false).worker(holding: "answer")
            }
            // What is opened once for the process.
            try useAndDrop()
            let before = try names()
            for _ in 0..<3 { try useAndDrop() }
            try waitFor("all to end") { try names() <= before }
        }
    }

    @Test func `while the next zygote starts whoever wants a worker waits for it`() throws {
        for _ in 0..<3 {
            try signal(try zygote(of: try bench.worker()), "KILL")
            _ = try bench.worker()
        }
    }

    @Test func `what of the runtime a build needs is opened once, by the zygote`() throws {
        let library = "libswift_RegexParser.so"
        func holdsIt() throws -> Bool {
            let maps = try Files.read(
                "/proc/\(try bench.worker().process)/maps", bytesMax: 1 << 20)
            return String(decoding: maps, as: UTF8.self).contains(library)
        }
        #expect(try !holdsIt())
        bench.zygote.warm(["libc.so.6", library, "libswiftNothing.so"])
        #expect(try holdsIt())
    }
}
