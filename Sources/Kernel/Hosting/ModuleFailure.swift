package import KernelBase

/// A module that did not do what a step asked for.
package struct ModuleFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package let step: LifecycleStep
    package let status: CallStatus
    package let message: String

    package init(_ step: LifecycleStep, _ status: CallStatus, _ message: String) {
        self.step = step
        self.status = status
        self.message = message
    }

    package var description: String {
        "could not \(step.name): \(message)"
    }
}
