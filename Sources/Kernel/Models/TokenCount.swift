import ModuleChat
import ModuleJSON
import Synchronization

/// Hears how many tokens a server counts in a chat. `done` is told once: nil if the server cannot
/// count, or does not say.
final class TokenCount: ProviderListener {
    private let tokens = Mutex<Int?>(nil)
    private let done: @Sendable (Int?) -> Void

    /// A question waits no longer for it.
    static let secondsMax = 5.0

    init(_ done: @escaping @Sendable (Int?) -> Void) {
        self.done = done
    }

    func took(_ event: ProviderEvent) {
        guard case .value(let value) = event, let count = value.integer else { return }
        tokens.withLock { $0 = Int(exactly: count) }
    }

    func closed(_ failure: ChatFailure?) { done(tokens.withLock { $0 }) }
}
