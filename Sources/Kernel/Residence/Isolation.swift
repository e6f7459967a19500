import KernelBase

/// Where a module lives: all of it, whatever its tasks are.
package enum Isolation: UInt8, Sendable, Hashable, NamedChoice {
    /// In the kernel; the mode of each task says where that runs.
    case kernel = 0
    /// In one worker of its own, which may end without harm to anything else.
    case process = 1

    package var name: String {
        switch self {
        case .kernel: "kernel"
        case .process: "process"
        }
    }
}

/// Where a module is to live, and who says so.
package struct IsolationDecision: Sendable, Hashable {
    package enum Reason: Sendable, Hashable {
        /// Where its file came from.
        case origin
        case configuration
        /// It has done harm, or takes too much, where it was.
        case containment(String)
    }

    package var isolation: Isolation
    package var reason: Reason

    package init(_ isolation: Isolation, _ reason: Reason) {
        self.isolation = isolation
        self.reason = reason
    }
}
