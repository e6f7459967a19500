import KernelSystem
import KernelTasks

/// Stops an engine beside the test.
final class StoppingThread: Sendable {
    private let isOver = Condition(false)

    init(_ bench: TaskBench, _ done: @escaping @Sendable () -> Void) throws {
        let isOver = isOver
        try SystemThread.start(name: "stopping") {
            bench.engine.stop(withinSeconds: 30)
            done()
            isOver.withLock { $0 = true }
            isOver.broadcast()
        }
    }

    func wait() {
        _ = isOver.wait(untilNanoseconds: patience()) { $0 ? true : nil }
    }
}
