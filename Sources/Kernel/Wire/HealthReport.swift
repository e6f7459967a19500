/// The reply to `health.check`: how the kernel and its modules are, asked now.
package struct HealthReport: Codable, Sendable, Hashable {
    package static let method = "health.check"

    package var kernel: Kernel
    package var modules: [Module]
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
        /// Of the last minutes, as are those that follow.
        package var calls: Int
        package var faults: Int
        package var medianMilliseconds: Double?
        package var slowestMilliseconds: Double?

        package init(id: String, verdict: Verdict) {
            self.id = id
            self.verdict = verdict
            running = 0
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

        package var isGood: Bool { self == .well || self == .unused }
    }

    package init(kernel: Kernel, modules: [Module]) {
        self.kernel = kernel
        self.modules = modules
    }

    package var isGood: Bool {
        kernel.mainLoopMilliseconds != nil && modules.allSatisfy { $0.verdict.isGood }
            && databaseProblems?.isEmpty != false
    }
}
