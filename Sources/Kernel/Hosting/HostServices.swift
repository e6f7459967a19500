package import KernelBase

/// What the process around a module does for it. The kernel and the workers each bring their own.
package struct HostServices: Sendable {
    /// Level, id of the call or 0, text.
    package var log: @Sendable (LogLevel, UInt64, String) -> Void
    package var runOnMain: @Sendable (@escaping @Sendable () -> Void) -> Void
    package var runOnPool: @Sendable (@escaping @Sendable () -> Void) -> Void
    /// Told of every breach of the contract, if the host watches for them.
    package var violation: (@Sendable (ContractViolation) -> Void)?
    /// Has tasks of other modules done; nil where there are none.
    package var modules: (any ModuleAsker)?
    /// The module's own folder, an absolute path; nil where nothing is kept.
    package var stateFolder: String?

    package init(
        log: @escaping @Sendable (LogLevel, UInt64, String) -> Void,
        runOnMain: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
        runOnPool: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
        violation: (@Sendable (ContractViolation) -> Void)? = nil
    ) {
        self.log = log
        self.runOnMain = runOnMain
        self.runOnPool = runOnPool
        self.violation = violation
    }
}

/// A module did what the headers forbid.
package struct ContractViolation: Sendable, Hashable, CustomStringConvertible {
    /// The function of the contract: `mod.host.calls finish`.
    package let function: String
    /// The call that it was about, or 0.
    package let call: UInt64
    package let sentence: String

    package init(function: String, call: UInt64, sentence: String) {
        self.function = function
        self.call = call
        self.sentence = sentence
    }

    package var description: String {
        call == 0 ? "\(function): \(sentence)" : "\(function) of call \(call): \(sentence)"
    }
}
