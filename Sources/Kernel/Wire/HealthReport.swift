/// The reply to `health.check`: how the kernel and its modules are, asked now.
package struct HealthReport: Codable, Sendable, Hashable {
    package static let method = "health.check"

    package var kernel: Kernel
    package var modules: [Module]
    /// What is wrong with the kernel as a whole, a sentence each; nil: nothing.
    package var troubles: [String]?
    /// What is wrong with the database, if it was looked through; empty: nothing.
    package var databaseProblems: [String]?

    package struct Kernel: Codable, Sendable, Hashable {
        package var process: Int32
        package var uptimeSeconds: Double
        package var residentBytes: Int
        package var threads: Int
        package var descriptors: Int
        package var callsRunning: Int
        package var callsWaiting: Int
        /// How long the main loop took to come to a job; nil if it did not within a second.
        package var mainLoopMilliseconds: Double?

        package init(process: Int32, uptimeSeconds: Double) {
            self.process = process
            self.uptimeSeconds = uptimeSeconds
            residentBytes = 0
            threads = 0
            descriptors = 0
            callsRunning = 0
            callsWaiting = 0
        }
    }

    package struct Module: Codable, Sendable, Hashable {
        package var id: String
        package var verdict: Verdict
        /// Why, if it is not well.
        package var problem: String?
        package var running: Int
        /// Calls that wait until a reload is over.
        package var queue: Int
        /// Durable tasks whose turn has not come; nil where none are kept.
        package var tasksQueued: Int?
        /// How often the worker that the module lives in ended without being asked to.
        package var restarts: Int
        /// Of the last one or two minutes, as are those that follow.
        package var calls: Int
        package var faults: Int
        package var medianMilliseconds: Double?
        /// 99 of 100 calls took no longer.
        package var almostAllMilliseconds: Double?

        package init(id: String, verdict: Verdict) {
            self.id = id
            self.verdict = verdict
            running = 0
            queue = 0
            restarts = 0
            calls = 0
            faults = 0
        }
    }

    package enum Verdict: String, Codable, Sendable, Hashable {
        /// In service, and never used.
        case unused
        case well
        /// Its own check fails.
        case unwell
        /// Most of its calls fail.
        case failing
        /// It should be in service, and is not.
        case out
        /// Switched off in the configuration.
        case off

        package var isGood: Bool { self == .well || self == .unused || self == .off }
    }

    package init(kernel: Kernel, modules: [Module]) {
        self.kernel = kernel
        self.modules = modules
    }

    package var isGood: Bool {
        kernel.mainLoopMilliseconds != nil && modules.allSatisfy { $0.verdict.isGood }
            && troubles?.isEmpty != false && databaseProblems?.isEmpty != false
    }
}
