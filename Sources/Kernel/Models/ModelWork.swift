import KernelHTTP
import KernelSystem
package import ModuleChat
package import ModuleJSON
import Synchronization

/// One order that is no chat, carried out: what it came to is told once.
package final class ModelWork: Sendable {
    package typealias Done = @Sendable (Result<JSON, ChatFailure>) -> Void
    package typealias Progress = @Sendable (LoadingProgress) -> Void

    /// Called with what an exchange came to; false: something else is tried in its place.
    typealias Verdict = @Sendable (Result<JSON, ChatFailure>, _ isOurs: Bool) -> Bool

    private struct State {
        var exchange: ProviderExchange?
        var isLast: Verdict = { _, _ in true }
        var value: JSON?
        var failure: ChatFailure?
        var done: Done?
        /// What is given back at the end, of a model of this machine.
        var loan: LocalLoan?
        var isCancelled = false
    }

    private let progress: Progress
    private let state: Mutex<State>

    init(progress: @escaping Progress = { _ in }, _ done: @escaping Done) {
        self.progress = progress
        state = Mutex(State(done: done))
    }

    func begin(_ exchange: ProviderExchange, isLast: @escaping Verdict) {
        let (isCancelled, _, _) = state.withLock { state in
            let old = (state.isCancelled, state.exchange, state.isLast)
            state.exchange = exchange
            state.isLast = isLast
            state.value = nil
            state.failure = nil
            return old
        }
        if isCancelled { exchange.cancel() }
        exchange.begin()
    }

    /// Has a model of this machine loaded; it stays until it is idle for long.
    func load(_ name: String, from source: any LocalModelSource) {
        let loan = source.load(name, progress: progress) { loaded in
            self.end(loaded.map { _ in JSON.null })
        }
        let isOver = state.withLock { state in
            guard state.done != nil else { return true }
            state.loan = loan
            return false
        }
        if isOver { loan.giveBack() }
    }

    /// The end is told all the same.
    package func cancel() {
        let exchange = state.withLock { state in
            state.isCancelled = true
            return state.exchange
        }
        if let exchange {
            exchange.cancel()
        } else {
            end(.failure(ChatFailure(.cancelled, "cancelled")))
        }
    }

    func end(_ result: Result<JSON, ChatFailure>) {
        // All is let go of outside of the lock.
        let old = state.withLock { state in
            defer {
                state.done = nil
                state.loan = nil
                state.exchange = nil
                state.isLast = { _, _ in true }
            }
            return state
        }
        old.loan?.giveBack()
        old.done?(result)
    }
}

extension ModelWork: ProviderListener {
    package func took(_ event: ProviderEvent) {
        switch event {
        case .value(let value): state.withLock { $0.value = value }
        case .progress(let fraction, let note):
            progress(LoadingProgress(fraction: fraction, note: note))
        case .chat(.failure(let failure)):
            state.withLock { $0.failure = $0.failure ?? failure }
        case .chat: break
        }
    }

    package func closed(_ failure: ChatFailure?) {
        let last = state.withLock { $0 }
        let result: Result<JSON, ChatFailure>
        if let failure = last.failure ?? failure {
            result = .failure(failure)
        } else {
            let nothing = ChatFailure(.malformed, "the server gave no answer")
            result = last.value.map { .success($0) } ?? .failure(nothing)
        }
        if last.isLast(result, failure != nil) || last.isCancelled { end(result) }
    }
}
