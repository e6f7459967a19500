import KernelBase
package import KernelHosting
package import KernelWorkers

/// What a build did when it failed. Failures of one class are counted together, since what helps
/// against one is no help against another.
package enum FailureClass: String, Sendable, Hashable, CaseIterable {
    /// It could not be opened and read.
    case load
    /// Creating, configuring or restoring it.
    case prepare
    case start
    /// Its process ended while calls ran.
    case call
    /// Its process ended while nothing was asked of it.
    case idle
    /// A call or a lifecycle function that did not end when it had to.
    case hang
    /// More memory, threads or disk than it may.
    case usage
    case flood
    case descriptors
    /// Only the processes of its tasks of mode process: the rest of the module goes on.
    case task

    /// What a person reads: "3 times within 5 min it …".
    package var sentence: String {
        switch self {
        case .load: "could not be loaded"
        case .prepare: "could not be prepared"
        case .start: "did not start"
        case .call: "ended its process during a call"
        case .idle: "ended its process while nothing was asked of it"
        case .hang: "hung"
        case .usage: "used more of the machine than it may"
        case .flood: "flooded its output"
        case .descriptors: "opened too many files"
        case .task: "ended the process of a task"
        }
    }

    package init(_ overrun: Overrun) {
        switch overrun.resource {
        case .time: self = .hang
        case .machine: self = .usage
        case .output: self = .flood
        case .descriptors: self = .descriptors
        }
    }

    /// Of a step on the way into service.
    package init(_ failure: ModuleFailure) {
        if failure.status == .deadline {
            self = .hang
            return
        }
        switch failure.step {
        case .open, .negotiate, .manifest: self = .load
        case .create, .configure, .restore, .selfTest, .describe: self = .prepare
        case .start: self = .start
        case .stop, .save, .health: self = .idle
        }
    }

    /// Of a worker that ended.
    package init(_ failure: WorkerFailure, whileCallsRan: Bool) {
        switch failure {
        case .overran(let overrun): self.init(overrun)
        case .timedOut: self = .hang
        case .refused(let failure): self.init(failure)
        case .died, .broken, .unreached: self = whileCallsRan ? .call : .idle
        }
    }
}
