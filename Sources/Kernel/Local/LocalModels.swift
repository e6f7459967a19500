package import KernelHTTP
package import KernelModels
import KernelSystem
package import ModuleChat
import Synchronization

/// Models that the kernel runs itself, each with a llama-server of its own: started when somebody
/// asks, ended when nobody has for a while. All of it happens on one thread, which begins with the
/// first model that is wanted or found running.
package final class LocalModels: LocalModelSource {
    /// Where it keeps its files, and where it looks for the program.
    package struct Places: Sendable, Hashable {
        /// A folder of the kernel's state, for this alone.
        package var folder: String
        /// The llama-server that `kernel setup` got, if it did.
        package var fetchedProgram: String?

        package init(folder: String, fetchedProgram: String? = nil) {
            self.folder = folder
            self.fetchedProgram = fetchedProgram
        }
    }

    package typealias News = @Sendable (LocalNews) -> Void
    package typealias Loads = @Sendable (LocalLoad) -> Void

    struct Ears: Sendable {
        let news: News
        let loads: Loads
    }

    private struct State {
        var setup = LocalSetup()
        var orders: LocalOrders?
        var folder: LocalFolder?
        var lastBorrower: UInt64 = 0
        var isStopped = false
        /// Why no thread could begin.
        var failure: String?
    }

    private let places: Places
    private let client: HTTPClient
    private let ears: Ears
    private let state = Mutex(State())
    private let shared = LocalBoard()
    private let windows = FileWindows()

    /// `loads` is told of models that take a while to get ready.
    package init(
        _ places: Places, client: HTTPClient, news: @escaping News = { _ in },
        loads: @escaping Loads = { _ in }
    ) {
        self.places = places
        self.client = client
        ears = Ears(news: news, loads: loads)
    }

    /// To be told whenever the configuration has changed. The first time it also looks whether a
    /// kernel before this one has left servers running.
    package func use(_ setup: LocalSetup) {
        let orders = state.withLock { state in
            state.setup = setup
            return state.orders
        }
        if let orders {
            orders.give(.use(setup))
            return
        }
        shared.publish(setup.models.values.map { LocalServer($0, token: 0).status })
        if LocalFolder.hasRecords(places.folder) { _ = running() }
    }

    package func borrow(
        _ name: String, progress: @escaping @Sendable (LoadingProgress) -> Void,
        done: @escaping @Sendable (Result<LoadedModel, ChatFailure>) -> Void
    ) -> LocalLoan {
        borrow(name, byHand: false, progress, done)
    }

    @discardableResult
    package func load(
        _ name: String, progress: @escaping @Sendable (LoadingProgress) -> Void = { _ in },
        done: @escaping @Sendable (Result<LoadedModel, ChatFailure>) -> Void
    ) -> LocalLoan {
        borrow(name, byHand: true, progress, done)
    }

    /// Ends its server, unless somebody has the model.
    package func condition(of name: String) -> LocalCondition? {
        statuses.first { $0.name == name }.map { status in
            var condition = LocalCondition(
                state: status.state.rawValue,
                windowTokens: status.contextTokens ?? windows.tokens(of: status.file),
                reason: status.reason)
            condition.fraction = status.fraction
            return condition
        }
    }

    package func unload(
        _ name: String, _ done: @escaping @Sendable (Result<Void, ChatFailure>) -> Void
    ) {
        guard let orders = state.withLock({ $0.orders }),
            orders.give(.unload(name, done: done))
        else { return done(.success(())) }
    }

    /// By name, as they stand now.
    package var statuses: [LocalModelStatus] { shared.statuses }

    /// The end of what its server has said.
    package func log(of name: String) -> [String] {
        state.withLock { $0.folder }?.lastLines(of: name) ?? []
    }

    /// Ends every server that is ours, and returns when none is left. Nobody gets a model after.
    package func stop(withinSeconds seconds: Double) {
        let orders = state.withLock { state in
            state.isStopped = true
            return state.orders
        }
        guard let orders else { return }
        orders.give(.stop)
        if !shared.waitForEnd(seconds: seconds) {
            orders.give(.killAll)
            _ = shared.waitForEnd(seconds: Self.killSeconds)
        }
    }

    /// For the system to end what was killed.
    private static let killSeconds = 5.0

    // MARK: The thread

    private func borrow(
        _ name: String, byHand: Bool, _ progress: @escaping @Sendable (LoadingProgress) -> Void,
        _ done: @escaping @Sendable (Result<LoadedModel, ChatFailure>) -> Void
    ) -> LocalLoan {
        guard let orders = running() else {
            let failure = state.withLock { $0.failure }.map { ChatFailure(.server, $0) }
            done(.failure(failure ?? LocalLoop.isStopping))
            return LocalLoan(giveBack: {})
        }
        let number = state.withLock { state in
            state.lastBorrower += 1
            return state.lastBorrower
        }
        let borrower = LocalBorrower(
            number: number, progress: progress, done: done, isHolder: !byHand)
        guard orders.give(.borrow(borrower, of: name)) else {
            done(.failure(LocalLoop.isStopping))
            return LocalLoan(giveBack: {})
        }
        return LocalLoan(
            giveBack: { orders.give(.giveBack(number)) },
            explain: { done in
                if !orders.give(.explain(number, done: done)) { done(nil) }
            })
    }

    /// The thread's orders; nil if there can be no thread.
    private func running() -> LocalOrders? {
        state.withLock { state in
            if let orders = state.orders { return state.isStopped ? nil : orders }
            guard !state.isStopped else { return nil }
            do {
                let orders = try LocalOrders()
                let (places, client, ears, shared) = (places, client, ears, shared)
                let folder = try LocalFolder(places.folder)
                try SystemThread.start(name: "local models") {
                    LocalLoop(places, folder, client, orders, shared, ears).run()
                }
                orders.give(.use(state.setup))
                state.orders = orders
                state.folder = folder
                return orders
            } catch {
                state.failure = "models cannot be run here: \(error)"
                return nil
            }
        }
    }
}

/// What the thread shows to everybody.
final class LocalBoard: Sendable {
    private struct State {
        var statuses: [LocalModelStatus] = []
        var isOver = false
    }

    private let state = Condition(State())

    func publish(_ statuses: [LocalModelStatus]) {
        state.withLock { $0.statuses = statuses.sorted { $0.name < $1.name } }
    }

    var statuses: [LocalModelStatus] { state.withLock { $0.statuses } }

    func end() {
        state.withLock { $0.isOver = true }
        state.broadcast()
    }

    /// False if it did not end in time.
    func waitForEnd(seconds: Double) -> Bool {
        let deadline = SystemClock.monotonicNanoseconds + UInt64(max(0, seconds) * 1e9)
        return state.wait(untilNanoseconds: deadline) { $0.isOver ? true : nil } ?? false
    }
}
