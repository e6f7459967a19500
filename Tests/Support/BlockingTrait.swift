import KernelSystem
package import Testing

/// Runs each test on a real thread: tests here wait for processes and for calls, and a thread of
/// Swift's own pool that waits is missing where a module under test wants to run its tasks.
package struct BlockingTrait: TestTrait, SuiteTrait, TestScoping {
    package let isRecursive = true

    @concurrent package func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(ThreadExecutor.shared) { try await function() }
    }
}

extension Trait where Self == BlockingTrait {
    package static var blocking: Self { Self() }
}

/// Threads that are no `ThreadPool`'s, on which the dispatcher would run a call at once.
private final class ThreadExecutor: TaskExecutor {
    static let shared = ThreadExecutor()
    private let jobs = Condition<[UnownedJob]>([])

    /// More at once would only slow each other down.
    private static let threads = 6

    private init() {
        for _ in 0..<Self.threads {
            do {
                try SystemThread.start(name: "tests") { self.work() }
            } catch {
                preconditionFailure("no thread for the tests: \(error)")
            }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        jobs.signal()
    }

    private func work() {
        while let job = jobs.wait({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
