package import KernelStore
import KernelSystem

/// The limits of an engine, and what it is there for.
package struct TaskOptions: Sendable {
    package enum Work: Sendable, Hashable {
        /// All tasks, and those too that a dead kernel left.
        case everything
        /// Only what is handed in here: a command that waits for its own task.
        case submittedHere
        /// Nothing is run; tasks are handed in, cancelled and looked at.
        case nothing
    }

    package var work = Work.everything
    /// This kernel in the rows of attempts, and in the leases of what runs: no other start has the
    /// same.
    package var owner: String
    /// Asked for each turn, since the configuration may change.
    package var limits: @Sendable () -> TaskLimits = { TaskLimits() }
    /// Tasks of one module that run at the same time.
    package var moduleRunningMax: @Sendable (String) -> Int = { _ in 16 }

    package init(owner: String = TaskOptions.newOwner()) {
        self.owner = owner
    }

    package static func newOwner() -> String {
        "\(ProcessFacts.id)-\(UInt64.random(in: 0...UInt64.max))"
    }

    package static let priorityRange = -10...10
    package static let attemptsRange = 1...20
    package static let waitersMax = 10_000
}

/// How much an engine takes and keeps.
package struct TaskLimits: Sendable {
    /// Tasks that run at the same time; further ones wait.
    package var runningMax = 32
    /// Tasks that have not ended; more are not taken.
    package var openMax = 100_000
    /// Ended tasks that are kept, and for how long.
    package var keptMax = 10_000
    package var keptDays = 30
    /// How long a task waits for its module before it fails; nil: for as long as it takes.
    package var moduleWaitSeconds: Int? = 60

    package init() {}
}

/// What time it is. A clock that stands still, as in a test, wakes the engine when it is moved.
package struct TaskClock: Sendable {
    package var now: @Sendable () -> Moment
    package var runsByItself: Bool

    package init(runsByItself: Bool, now: @escaping @Sendable () -> Moment) {
        self.runsByItself = runsByItself
        self.now = now
    }

    package static let system = TaskClock(runsByItself: true) { Moment.now }
}
