package import ModuleChat

/// One exchange with a provider's module, wherever that lives, and on the build that it began on.
/// What the module does runs on no thread of the caller, and in the order in which it was asked.
package protocol ProviderPort: Sendable {
    /// Exactly one answer, on any thread.
    func encode(
        _ order: ProviderOrder,
        _ done: @escaping @Sendable (Result<ProviderRequest, ChatFailure>) -> Void)

    /// Once, after `encode`; `close` must follow.
    func open(_ order: ProviderOrder, _ head: AnswerHead, _ listener: any ProviderListener)

    func read(_ pieces: [[UInt8]])

    /// Whether so much waits for the module that nothing more is to be given to it until the
    /// listener was `relieved`.
    var isCrowded: Bool { get }

    /// Ends the exchange, also one that was never opened. The listener hears of it.
    func close(isWhole: Bool)
}

/// Hears what a provider reads, in order, one event at a time, on any thread.
package protocol ProviderListener: Sendable {
    func took(_ event: ProviderEvent)
    /// Last, once, of an exchange that was opened. A failure is no doing of the server: the module
    /// crashed, hung, or was taken away.
    func closed(_ failure: ChatFailure?)
    /// Whether whoever listens has not taken what was told before: the server is to wait.
    var isCrowded: Bool { get }
    /// The module has taken what waited for it.
    func relieved()
}

extension ProviderPort {
    package var isCrowded: Bool { false }
}

extension ProviderListener {
    package var isCrowded: Bool { false }
    package func relieved() {}
}

/// Where providers are found.
package protocol ProviderSource: Sendable {
    /// Begins an exchange with the module that serves now.
    func provider(_ module: String) -> Result<any ProviderPort, ChatFailure>
    /// What each module is that provides models, by the module's id.
    var descriptions: [String: ProviderDescription] { get }
    /// Those of them that came with the kernel.
    var bundled: Set<String> { get }
}
