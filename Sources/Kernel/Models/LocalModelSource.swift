package import ModuleChat

/// Where models are found that the kernel runs itself.
package protocol LocalModelSource: Sendable {
    /// Has the model loaded if it is not. `done` is told once, on any thread; after `cancel` of the
    /// loan perhaps with a failure. `progress` is told meanwhile what is being waited for.
    func borrow(
        _ name: String, progress: @escaping @Sendable (LoadingProgress) -> Void,
        done: @escaping @Sendable (Result<LoadedModel, ChatFailure>) -> Void
    ) -> LocalLoan

    /// Has it loaded although nobody needs it yet, also one that has failed before. It stays as
    /// long as any that nobody asks; the loan ends the wait for it.
    func load(
        _ name: String, progress: @escaping @Sendable (LoadingProgress) -> Void,
        done: @escaping @Sendable (Result<LoadedModel, ChatFailure>) -> Void
    ) -> LocalLoan

    /// Takes the model out of memory once nobody has borrowed it. `done` is told once.
    func unload(
        _ name: String, _ done: @escaping @Sendable (Result<Void, ChatFailure>) -> Void)

    /// How it stands with the model now; nil if it is not known.
    func condition(of name: String) -> LocalCondition?
}

/// How it stands with a model whose server tells.
package struct LocalCondition: Sendable, Hashable {
    /// `idle`, `loading`, `ready`, `failed` …
    package let state: String
    package let windowTokens: Int?
    /// Why it failed, or crashed last.
    package let reason: String?
    /// How far it is loaded, from 0 to 1.
    package var fraction: Double?
    /// Of a server that somebody else runs: with which window it has the model in memory, which the
    /// next chat may change, and how much of that it takes.
    package var loadedTokens: Int?
    package var loadedBytes: Int?

    package init(state: String, windowTokens: Int?, reason: String?) {
        self.state = state
        self.windowTokens = windowTokens
        self.reason = reason
    }
}

extension LocalModelSource {
    package func load(
        _ name: String, progress: @escaping @Sendable (LoadingProgress) -> Void,
        done: @escaping @Sendable (Result<LoadedModel, ChatFailure>) -> Void
    ) -> LocalLoan {
        borrow(name, progress: progress, done: done)
    }

    package func condition(of name: String) -> LocalCondition? { nil }

    package func unload(
        _ name: String, _ done: @escaping @Sendable (Result<Void, ChatFailure>) -> Void
    ) {
        done(
            .failure(
                ChatFailure(.badRequest, "\(name) is unloaded by itself when it is idle")))
    }
}

package struct LoadingProgress: Sendable, Hashable {
    /// From 0 to 1, if it is known.
    package let fraction: Double?
    package let note: String

    package init(fraction: Double?, note: String) {
        self.fraction = fraction
        self.note = note
    }
}

/// A model that runs, and stays while it is borrowed.
package struct LoadedModel: Sendable {
    package let endpoint: ModelEndpoint
    package let dialect: String
    package let info: ModelInfo

    package init(endpoint: ModelEndpoint, dialect: String, info: ModelInfo) {
        self.endpoint = endpoint
        self.dialect = dialect
        self.info = info
    }
}

/// Somebody needs the model until `giveBack`, which also ends the wait for it.
package struct LocalLoan: Sendable {
    package typealias Explanation = @Sendable (String?) -> Void

    package let giveBack: @Sendable () -> Void
    /// Why the model has not answered to the end, if its server has crashed; else nil. Told once,
    /// on any thread, and soon.
    package let explain: @Sendable (@escaping Explanation) -> Void

    package init(
        giveBack: @escaping @Sendable () -> Void,
        explain: @escaping @Sendable (@escaping Explanation) -> Void = { $0(nil) }
    ) {
        self.giveBack = giveBack
        self.explain = explain
    }
}
