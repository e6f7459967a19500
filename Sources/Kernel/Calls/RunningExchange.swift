import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelModels
import KernelSystem
import ModuleChat
import ModuleJSON
import Synchronization

/// One exchange with a provider, from its order to its end. What the module does in the kernel runs
/// in order on a lane of its own; a module elsewhere is only told.
final class RunningExchange: ProviderPort {
    typealias Encoded = @Sendable (Result<ProviderRequest, ChatFailure>) -> Void

    let id: UInt64
    private let slot: ModuleSlot
    private let tools: ExchangeTools
    private let lane: SerialLane
    private let state = Mutex(State())

    private struct State {
        /// Told what the order came to, once.
        var encoded: Encoded?
        var generation: Generation?
        /// From when it takes the exchange in.
        var instance: (any LiveInstance)?
        /// It was given the order, so that an end comes after that.
        var isBegun = false
        var listener: (any ProviderListener)?
        var news: InTurn<News>?
        /// How the module's part ended.
        var outcome: CallOutcome?
        /// Nothing is given to the module any more, but its end.
        var isClosed = false
        /// The end was given, or there is nobody to give it to.
        var isEndFed = false
        var hasLeft = false
        var waitingBytes = 0
        /// How large each part was that a module elsewhere has not returned from, by its place:
        /// the order has the place 0.
        var given: [UInt64: Int] = [:]
        var lastPlace: UInt64 = 0
        /// From when too much waits until little does.
        var isCrowded = false
        var isOnThread = false
        var isThreadLost = false
    }

    private typealias News = @Sendable (any ProviderListener) -> Void

    /// So much of an answer may wait for a module. What comes at once is more than the server is
    /// made to wait for.
    private static let waitingBytesMax = 64 << 20
    /// Above the one the server waits, until it is below the other.
    private static let crowdedBytes = 1 << 20
    private static let relievedBytes = 256 << 10
    /// What a piece counts as at least: an empty one takes room as well.
    private static let pieceBytesMin = 64

    init(id: UInt64, _ slot: ModuleSlot, _ tools: ExchangeTools) {
        self.id = id
        self.slot = slot
        self.tools = tools
        lane = SerialLane(on: tools.pool)
    }

    // MARK: ProviderPort

    func encode(_ order: ProviderOrder, _ done: @escaping Encoded) {
        state.withLock { $0.encoded = done }
        let bytes = order.json.serialized()
        switch slot.enter() {
        case .entered(let generation): enter(generation, bytes)
        case .refused(let refusal): endUnbegun(.notFound, "\(refusal)")
        case .held:
            slot.whenOpen { answer in
                switch answer {
                // The waiters are told one after the other on the thread of the reload.
                case .success(let generation): self.tools.pool.run { self.enter(generation, bytes) }
                case .failure(let refusal): self.endUnbegun(.notFound, "\(refusal)")
                }
            }
        }
    }

    func open(_ order: ProviderOrder, _ head: AnswerHead, _ listener: any ProviderListener) {
        let news = InTurn<News> { $0(listener) }
        let outcome = state.withLock { state in
            state.listener = listener
            state.news = news
            return state.outcome
        }
        // The module was taken away after it had encoded.
        if let outcome { return tellEnd(failure(outcome), news) }
        give(.head(head.json.serialized()), bytes: 0)
    }

    func read(_ pieces: [[UInt8]]) {
        give(.pieces(pieces), bytes: pieces.reduce(0) { $0 + max($1.count, Self.pieceBytesMin) })
    }

    var isCrowded: Bool { state.withLock { $0.isCrowded } }

    func close(isWhole: Bool) {
        end(isWhole: isWhole)
    }

    // MARK: Beginning

    private func enter(_ generation: Generation, _ order: [UInt8]) {
        let isWanted = state.withLock { state in
            state.generation = generation
            return !state.isClosed
        }
        guard isWanted else { return endUnbegun(.cancelled, "it was cancelled") }
        guard generation.provider != nil else {
            return endUnbegun(.notFound, "\(slot.id) provides no models any more")
        }
        begin(order, generation)
    }

    private func begin(
        _ order: [UInt8], _ generation: Generation, isSecond: Bool = false
    ) {
        if let instance = generation.instanceIfPresent {
            return begin(order, generation, on: instance, isSecond: isSecond)
        }
        generation.withInstance { made in
            switch made {
            case .success(let instance):
                self.tools.pool.run {
                    self.begin(order, generation, on: instance, isSecond: isSecond)
                }
            case .failure(let unavailable):
                self.endUnbegun(unavailable.status, "\(self.slot.id) \(unavailable)")
            }
        }
    }

    private func begin(
        _ order: [UInt8], _ generation: Generation, on instance: any LiveInstance, isSecond: Bool
    ) {
        guard instance.admit(id, self) else {
            // Its worker has just ended: the exchange goes to the next one, and to no third.
            guard generation.instanceIfPresent !== instance else {
                return endUnbegun(.busy, "\(slot.id) was reloaded before this began")
            }
            guard !isSecond else {
                return endUnbegun(.busy, "two workers of \(slot.id) ended before this began")
            }
            return begin(order, generation, isSecond: true)
        }
        state.withLock { $0.instance = instance }
        tools.watch.add(self)
        perform(on: instance) { instance.beginExchange(self.id, order: order) }
        // It may have been closed before there was an instance, or have ended at once.
        let isOver = state.withLock { state in
            state.isBegun = true
            return state.isClosed || state.outcome != nil
        }
        if isOver { feedEnd(isWhole: false) }
    }

    private func endUnbegun(_ status: CallStatus, _ sentence: String) {
        state.withLock { $0.isEndFed = true }
        callFinished(.unbegun(status, sentence))
    }

    // MARK: To the module

    private func give(_ feed: ExchangeFeed, bytes: Int) {
        let (instance, isOver) = state.withLock { state -> ((any LiveInstance)?, Bool) in
            guard !state.isClosed, let instance = state.instance else { return (nil, false) }
            if instance.isElsewhere {
                state.lastPlace += 1
                state.given[state.lastPlace] = bytes
            }
            state.waitingBytes += bytes
            state.isCrowded = state.isCrowded || state.waitingBytes > Self.crowdedBytes
            return (instance, state.waitingBytes > Self.waitingBytesMax)
        }
        guard let instance else { return }
        if isOver {
            instance.release(
                id,
                .failure(
                    .limit, "\(build) did not take \(Self.waitingBytesMax >> 20) MiB of an answer"))
        } else {
            perform(on: instance) {
                instance.feed(self.id, feed)
                if !instance.isElsewhere { self.wasTaken(bytes) }
            }
        }
    }

    private func wasTaken(_ bytes: Int) {
        let listener = state.withLock { state -> (any ProviderListener)? in
            state.waitingBytes -= bytes
            guard state.isCrowded, state.waitingBytes <= Self.relievedBytes else { return nil }
            state.isCrowded = false
            return state.listener
        }
        listener?.relieved()
    }

    /// A module elsewhere is told at once, which waits for nothing.
    private func perform(
        on instance: any LiveInstance, _ step: @escaping @Sendable () -> Void
    ) {
        guard !instance.isElsewhere else { return step() }
        lane.run {
            self.state.withLock { $0.isOnThread = true }
            step()
            let wasLost = self.state.withLock { state in
                state.isOnThread = false
                defer { state.isThreadLost = false }
                return state.isThreadLost
            }
            if wasLost { self.tools.pool.reclaimThread() }
        }
    }

    private func end(isWhole: Bool) {
        state.withLock { $0.isClosed = true }
        feedEnd(isWhole: isWhole)
    }

    /// The module is owed an end once it was given anything.
    private func feedEnd(isWhole: Bool) {
        let instance = state.withLock { state -> (any LiveInstance)? in
            guard state.isBegun, !state.isEndFed, let instance = state.instance else { return nil }
            state.isClosed = true
            state.isEndFed = true
            return instance
        }
        guard let instance else { return }
        perform(on: instance) {
            instance.feed(self.id, .end(isWhole: isWhole))
            self.leave()
        }
    }

    /// The generation is held until the module is done with the exchange, and has been told so.
    private func leave() {
        let generation = state.withLock { state -> Generation? in
            guard state.isEndFed, state.outcome != nil, !state.hasLeft else { return nil }
            state.hasLeft = true
            return state.generation
        }
        guard let generation else { return }
        tools.watch.remove(id)
        generation.leave()
    }

    // MARK: A module that hangs

    var stalledSince: UInt64? { state.withLock { $0.instance }?.stalledSince(id) }

    func endHung() {
        let (instance, isThreadLost) = state.withLock { state -> ((any LiveInstance)?, Bool) in
            guard state.outcome == nil else { return (nil, false) }
            defer { state.isThreadLost = state.isOnThread }
            return (state.instance, state.isOnThread && !state.isThreadLost)
        }
        guard let instance else { return }
        if isThreadLost { tools.pool.abandonThread() }
        slot.statistics.countAbandoned(1)
        let fate =
            instance.isElsewhere
            ? "its worker is ended unless it returns soon, and what else runs there with it"
            : "its thread is given up until it returns"
        instance.release(
            id,
            .failure(
                .deadline,
                "\(build) did not return from an exchange within \(tools.watch.hangSeconds) s; "
                    + fate))
    }

    private var build: String {
        let hash = state.withLock { $0.generation }?.build.shortHash ?? "unknown"
        return "\(slot.id) (build \(hash))"
    }
}

extension RunningExchange: CallListener {
    func callTold(_ event: ExchangeEvent) {
        guard event.kind != ExchangeEvent.request else { return tellRequest(event.value) }
        do {
            let encoded = ProviderEvent.Encoded(
                kind: event.kind, index: event.index, value: event.value)
            guard let event = try ProviderEvent(encoded) else { return }
            state.withLock { $0.news }?.add { $0.took(event) }
        } catch {
            let instance = state.withLock { $0.instance }
            instance?.release(
                id, .failure(.misuse, "\(build) told an event that cannot be read: \(error)"))
        }
    }

    func callReturned(from place: UInt64) {
        if let bytes = state.withLock({ $0.given.removeValue(forKey: place) }) { wasTaken(bytes) }
    }

    private func tellRequest(_ bytes: [UInt8]) {
        let request: Result<ProviderRequest, ChatFailure>
        do {
            request = .success(try ProviderRequest(bytes))
        } catch {
            request = .failure(ChatFailure(.badRequest, "\(build): \(error)"))
        }
        takeEncoded()?(request)
    }

    private func takeEncoded() -> Encoded? {
        state.withLock { state in
            defer { state.encoded = nil }
            return state.encoded
        }
    }

    func callFinished(_ outcome: CallOutcome) {
        let isFirst = state.withLock { state -> Bool in
            guard state.outcome == nil else { return false }
            state.outcome = outcome
            return true
        }
        guard isFirst else { return }
        slot.statistics.countExchange(outcome.status)
        let encoded = takeEncoded()
        let failure = failure(outcome, isEncoded: encoded == nil)
        encoded?(.failure(failure ?? ChatFailure(.cancelled, "it was cancelled")))
        if let news = state.withLock({ $0.news }) { tellEnd(failure, news) }
        feedEnd(isWhole: false)
        leave()
    }

    private func tellEnd(_ failure: ChatFailure?, _ news: InTurn<News>) {
        news.add({ $0.closed(failure) }, isLast: true)
    }

    private func failure(_ outcome: CallOutcome, isEncoded: Bool = true) -> ChatFailure? {
        let kind: ChatFailure.Kind
        switch outcome.status {
        case .ok: return nil
        case .failed, .denied: kind = .server
        case .invalid, .unsupported: kind = .badRequest
        case .notFound: kind = .modelNotFound
        // Of the exchange nobody but a reload, or who closes it, asks the end.
        case .cancelled: kind = outcome.isUnbegun ? .cancelled : .cutShort
        case .deadline: kind = .stalled
        case .busy: kind = .overloaded
        // The next try would be the same.
        case .limit, .misuse: kind = isEncoded ? .malformed : .badRequest
        }
        return ChatFailure(kind, outcome.message)
    }

    // Exchanges have events instead.

    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}
}
