package import ModuleJSON

/// A module as clients see it.
package struct ModuleDescription: Codable, Sendable, Hashable {
    package var id: String
    package var version: String?
    package var about: String?
    /// `serving`; `loading`; `waiting` for another module; `failed`; `restarting` or `quarantined`
    /// after failures; `off` in the configuration; `refused`: a file that is no module, named by
    /// its own name.
    package var state: String
    /// As it was found last; nil before anything was.
    package var health: HealthReport.Verdict?
    package var generation: UInt64?
    package var build: String?
    package var source: String?
    package var origin: String?
    package var calls: Int
    package var failures: Int
    package var abandoned: Int
    package var inFlight: Int
    package var workers: Int
    package var isMapped: Bool
    /// `kernel`, or `process`: all of it lives in one worker.
    package var isolation: String?
    /// Why it lives there: `origin`, `configuration`, or a sentence about the harm that it did.
    package var isolationReason: String?
    /// The worker that it lives in, and what that has in memory.
    package var process: Int32?
    package var processBytes: Int?
    /// How often that worker ended without being asked to.
    package var workersEnded: Int
    /// What it has in memory: its process, or what is mapped of it in the kernel, with the builds
    /// that were replaced.
    package var memoryBytes: Int?
    package var keptGenerations: Int
    package var keptBytes: Int
    /// What is wrong, or was with the last build that was refused.
    package var problem: String?
    package var tasks: [TaskListing]

    package init(id: String, state: String) {
        self.id = id
        self.state = state
        calls = 0
        failures = 0
        abandoned = 0
        inFlight = 0
        workers = 0
        isMapped = false
        workersEnded = 0
        keptGenerations = 0
        keptBytes = 0
        tasks = []
    }
}

/// `module.lift`: ends what keeps a module out of service after it has failed.
package struct LiftModule: Codable, Sendable, Hashable {
    package static let method = "module.lift"

    package var id: String

    package init(id: String) {
        self.id = id
    }

    /// The reply.
    package struct Outcome: Codable, Sendable, Hashable {
        /// False: nothing kept it out.
        package var wasLifted: Bool

        package init(wasLifted: Bool) {
            self.wasLifted = wasLifted
        }
    }
}

/// A task as clients see it.
package struct TaskListing: Codable, Sendable, Hashable {
    package var name: String
    package var about: String
    package var mode: String
    package var risk: String
    /// `json` or `bytes`.
    package var accepts: String
    package var arguments: JSON?
    package var timeoutSeconds: Double

    package init(
        name: String, about: String, mode: String, risk: String, accepts: String,
        arguments: JSON?, timeoutSeconds: Double
    ) {
        self.name = name
        self.about = about
        self.mode = mode
        self.risk = risk
        self.accepts = accepts
        self.arguments = arguments
        self.timeoutSeconds = timeoutSeconds
    }
}
