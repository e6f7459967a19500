package import KernelBase
package import KernelHosting

/// What a worker tells besides its answers.
package struct WorkerEvents: Sendable {
    package var log: @Sendable (LogLevel, UInt64, String) -> Void
    package var violation: @Sendable (ContractViolation) -> Void
    /// Has tasks of other modules done for the worker's; nil: nobody does.
    package var modules: (any ModuleAsker)?

    package init(
        log: @escaping @Sendable (LogLevel, UInt64, String) -> Void,
        violation: @escaping @Sendable (ContractViolation) -> Void = { _ in }
    ) {
        self.log = log
        self.violation = violation
    }
}
