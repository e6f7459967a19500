import CInotify
import Glibc
import Synchronization

/// The work of the process's main thread: jobs handed in from other threads, one at a time, and
/// libdispatch's main queue, so that `MainActor` runs here too. An async `main` or `dispatchMain`
/// would move `MainActor` to another thread.
package final class MainLoop: Sendable {
    package typealias Job = @Sendable () -> Void

    /// What runs on the main thread now, for the one who watches for slow jobs.
    package struct Running: Sendable, Hashable {
        package let label: String
        package let sinceNanoseconds: UInt64
    }

    private struct Queue {
        var jobs: [(label: String, job: Job)] = []
        var running: Running?
        var isStopping = false
        var onBegin: (@Sendable () -> Void)?
    }

    private let queue = Mutex(Queue())
    private let poller: Poller
    private let wakeUp: WakeUp

    private static let wakeUpToken: UInt64 = 0
    private static let dispatchToken: UInt64 = 1

    package init() throws(SystemError) {
        poller = try Poller()
        wakeUp = try WakeUp()
        try poller.add(wakeUp.descriptor.raw, token: Self.wakeUpToken)
    }

    /// Runs `job` on the main thread, after those that were handed in before. `label` names it in
    /// a report if it is slow.
    package func run(label: String, _ job: @escaping Job) {
        queue.withLock { $0.jobs.append((label, job)) }
        wakeUp.signal()
    }

    package var running: Running? { queue.withLock { $0.running } }

    /// Has `onBegin` called on the main thread as each job begins, when `running` names it.
    package func watch(onBegin: @escaping @Sendable () -> Void) {
        queue.withLock { $0.onBegin = onBegin }
    }

    /// Lets `runUntilStopped` return after the job that is running.
    package func stop() {
        queue.withLock { $0.isStopping = true }
        wakeUp.signal()
    }

    /// The body of the main thread.
    package func runUntilStopped() throws(SystemError) {
        precondition(SystemThread.isMain, "the main loop runs on the main thread")
        try poller.add(linux_dispatch_main_queue_handle(), token: Self.dispatchToken)
        try runJobsUntilStopped()
    }

    /// As `runUntilStopped` but for libdispatch's queue, which belongs to the main thread: for a
    /// process whose main thread is somebody else's, as in tests.
    package func runJobsUntilStopped() throws(SystemError) {
        while true {
            for token in try poller.wait() {
                if token == Self.dispatchToken {
                    perform("the main actor") { linux_dispatch_main_queue_drain() }
                } else {
                    wakeUp.clear()
                }
            }
            runJobs()
            if queue.withLock({ $0.isStopping }) { return }
        }
    }

    /// Takes what is there now: jobs that arrive meanwhile wait for the next turn, so that
    /// libdispatch's queue is never starved.
    private func runJobs() {
        let jobs = queue.withLock { queue in
            defer { queue.jobs = [] }
            return queue.jobs
        }
        for (label, job) in jobs { perform(label, job) }
    }

    private func perform(_ label: String, _ job: () -> Void) {
        let now = SystemClock.monotonicNanoseconds
        let onBegin = queue.withLock { queue in
            queue.running = Running(label: label, sinceNanoseconds: now)
            return queue.onBegin
        }
        onBegin?()
        job()
        queue.withLock { $0.running = nil }
    }
}
