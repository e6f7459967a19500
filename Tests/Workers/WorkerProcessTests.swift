import KernelBase
import KernelHosting
import KernelSandbox
import KernelSystem
import KernelTesting
import Synchronization
import Testing

@testable import KernelWorkers

/// A zygote and what workers need, for one test.
final class WorkerBench: Sendable {
    let folder: TemporaryFolder
    let zygote: Zygote
    let output: OutputCollector
    /// Apart from the bench, which ends with its test: a worker may still say something then.
    let lines = Lines()

    final class Lines: Sendable {
        private let all = Mutex<[String]>([])

        func withLock<Value: Sendable>(_ body: (inout [String]) -> Value) -> Value {
            all.withLock { body(&$0) }
        }
    }

    init(answerSeconds: Double = 5, stops: Bool = true) throws {
        self.stops = stops
        folder = try TemporaryFolder()
        zygote = try Zygote(
            executable: try Program.built("kernel-zygote"), answerSeconds: answerSeconds
        ) { _ in }
        output = try OutputCollector()
    }

    /// Or it is left to whoever lets go of it.
    private let stops: Bool

    deinit {
        if stops { zygote.stop() }
    }

    func order() throws -> WorkerProcess.Order {
        try WorkerProcess.Order(
            zygote: zygote, name: "test", output: output,
            events: WorkerEvents(log: { [lines] _, _, line in lines.withLock { $0.append(line) } }))
    }

    func worker() throws -> WorkerProcess { try WorkerProcess(try order()) }

    /// A worker that holds the fixture, ready to be called.
    func worker(holding fixture: String, defining: [String] = []) throws -> WorkerProcess {
        let library = folder.file("\(fixture).so")
        try Fixture.build(fixture, defining: defining, to: library)
        let worker = try worker()
        _ = try worker.request(
            .open,
            body: OpenRequest(
                path: library, watchesContract: false,
                walls: try WallPlan().walls(library: library, in: .ofThisProcess)
            ).bytes, seconds: 5)
        let setUp = SetUpRequest(
            configuration: ModuleConfiguration(), state: nil, testsItself: true, starts: true)
        _ = try worker.request(.setUp, body: setUp.bytes, seconds: 5)
        return worker
    }
}

final class SilentListener: CallListener {
    func callFinished(_ outcome: CallOutcome) {}
    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}
}

@Test(.blocking) func `a worker answers a call`() throws {
    let bench = try WorkerBench()
    let worker = try bench.worker(holding: "answer", defining: ["FIXTURE_ANSWER=\"hello\""])
    let request = CallRequest(
        id: 1, task: 0, mode: .process, kind: .bytes, arguments: [], deadlineNanoseconds: 0)
    let outcome = try worker.call(request, SilentListener(), graceSeconds: 1)
    #expect(outcome.value == Array("hello".utf8))
}

@Test(.blocking) func `walls that come first are those that stand`() throws {
    let bench = try WorkerBench()
    let library = bench.folder.file("answer.so")
    try Fixture.build("answer", to: library)
    let walls = try WallPlan().walls(library: library, in: .ofThisProcess)
    let order = try bench.order()
    order.confine(for: OpenRequest(path: library, watchesContract: false, walls: walls))
    let worker = try WorkerProcess(order)
    // Whoever could ask for other walls later could ask for none.
    var none = walls
    none.strength = .off
    try worker.open(OpenRequest(path: library, watchesContract: false, walls: none), seconds: 5)
    #expect(worker.wallReport?.missing.values.contains("switched off") == false)
}
