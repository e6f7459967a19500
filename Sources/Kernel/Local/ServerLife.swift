import KernelBase

/// What becomes of the server of one model: a value without I/O. What happened goes in, what is to
/// be done comes out.
struct ServerLife: Sendable, Hashable {
    private(set) var state = State.idle
    /// Somebody has borrowed the model or waits for it.
    private(set) var isWanted = false
    /// Since when nobody has; counts while the model is loaded.
    private(set) var idleSince: UInt64 = 0
    /// In a row, without a calm time between.
    private(set) var crashes = 0
    private var readySince: UInt64 = 0
    private var portTries = 0

    enum State: Sendable, Hashable {
        case idle
        /// Whether somebody else already runs a server with the model is being found out.
        case looking
        /// Somebody else's server has the model: it is used, and never stopped.
        case lent
        case waitingForRoom
        /// The program runs and says nothing yet.
        case starting(since: UInt64)
        /// It says that it loads.
        case loading(since: UInt64)
        case ready
        case stopping(Stopping)
        /// It crashed, and is left alone for a while.
        case pausing(until: UInt64)
        /// It is of no use to try again before something has changed.
        case failed(String)
    }

    struct Stopping: Sendable, Hashable {
        let since: UInt64
        var signals = 1
        /// Why it is stopped, if that is a failure.
        let failure: String?
    }

    enum Event: Sendable, Hashable {
        case wanted
        case unwanted
        /// Somebody asked for it by hand, or its files have changed: a failure is forgotten.
        case forgiven
        /// A server that a kernel before this one has started is ours now.
        case inherited
        case foundLent
        case foundNone
        case room
        case noRoom(String)
        case startFailed(String)
        case answersLoading
        case answersReady
        /// It answers, and not as it must.
        case answersWrongly(String)
        case ended(ServerEnd)
        /// Room is needed, or its configuration has changed, or the kernel stops.
        case rest
        case due
    }

    enum Action: Sendable, Hashable {
        case look
        case askForRoom
        case start
        case terminate
        case kill
        case tellReady
        case tellFailure(String)
    }

    struct Policy: Sendable, Hashable {
        var loadSeconds = 300.0
        var idleSeconds: Double?
        /// A fixed port is not exchanged for another one.
        var hasFixedPort = false

        static let crashesMax = 5
        /// A server that served for so long has not crashed before.
        static let calmSeconds = 600.0
        static let firstPauseSeconds = 1.0
        static let pauseSecondsMax = 60.0
        static let portTriesMax = 5
        /// While it answers somebody, the first signal makes it wait for half a minute; the second
        /// one ends it.
        static let secondSignalSeconds = 0.5
        static let killSeconds = 3.0
    }

    mutating func take(_ event: Event, _ policy: Policy, now: UInt64) -> [Action] {
        switch event {
        case .wanted: return wanted()
        case .unwanted: return unwanted(now: now)
        case .forgiven: return forgiven()
        case .inherited:
            state = .starting(since: now)
            idleSince = now
            return []
        case .foundLent: return foundLent()
        case .foundNone: return foundNone()
        case .room:
            guard state == .waitingForRoom else { return [] }
            portTries = 0
            return start(now: now)
        case .noRoom(let reason):
            guard state == .waitingForRoom else { return [] }
            state = .idle
            return [.tellFailure(reason)]
        case .startFailed(let reason): return fail(reason)
        case .answersLoading:
            if case .starting(let since) = state { state = .loading(since: since) }
            return []
        case .answersReady: return answersReady(now: now)
        case .answersWrongly(let reason):
            return isStartingUp ? stop(reason, now: now) : []
        case .ended(let end): return ended(end, policy, now: now)
        case .rest: return rest(now: now)
        case .due: return due(policy, now: now)
        }
    }

    /// When `due` is to be told; nil: nothing is waited for.
    func dueNanoseconds(_ policy: Policy) -> UInt64? {
        switch state {
        case .idle, .looking, .lent, .waitingForRoom, .failed: nil
        case .starting(let since), .loading(let since): Self.after(since, policy.loadSeconds)
        case .ready:
            isWanted ? nil : policy.idleSeconds.map { Self.after(idleSince, $0) }
        case .pausing(let until): until
        case .stopping(let stopping):
            switch stopping.signals {
            case 1: Self.after(stopping.since, Policy.secondSignalSeconds)
            case 2: Self.after(stopping.since, Policy.killSeconds)
            default: nil
            }
        }
    }

    /// A process of ours takes memory.
    var isRunning: Bool {
        switch state {
        case .starting, .loading, .ready, .stopping: true
        case .idle, .looking, .lent, .waitingForRoom, .pausing, .failed: false
        }
    }

    private var isStartingUp: Bool {
        switch state {
        case .starting, .loading: true
        default: false
        }
    }

    private static func after(_ start: UInt64, _ seconds: Double) -> UInt64 {
        start + UInt64(max(0, seconds) * 1e9)
    }
}

extension ServerLife {
    // MARK: Whether it is needed

    private mutating func wanted() -> [Action] {
        isWanted = true
        switch state {
        case .idle:
            state = .looking
            return [.look]
        case .ready, .lent: return [.tellReady]
        case .failed(let reason): return [.tellFailure(reason)]
        case .looking, .waitingForRoom, .starting, .loading, .stopping, .pausing: return []
        }
    }

    private mutating func unwanted(now: UInt64) -> [Action] {
        isWanted = false
        idleSince = now
        switch state {
        case .lent, .waitingForRoom, .looking: state = .idle
        // What loads goes on: whoever gave up may ask again.
        case .idle, .starting, .loading, .ready, .stopping, .pausing, .failed: break
        }
        return []
    }

    private mutating func forgiven() -> [Action] {
        crashes = 0
        switch state {
        case .failed: state = .idle
        case .pausing: state = .pausing(until: 0)
        default: break
        }
        return []
    }

    private mutating func foundLent() -> [Action] {
        guard state == .looking else { return [] }
        state = .lent
        return [.tellReady]
    }

    private mutating func foundNone() -> [Action] {
        guard state == .looking else { return [] }
        state = .waitingForRoom
        return [.askForRoom]
    }

    // MARK: The program

    private mutating func start(now: UInt64) -> [Action] {
        state = .starting(since: now)
        return [.start]
    }

    private mutating func answersReady(now: UInt64) -> [Action] {
        switch state {
        case .starting, .loading:
            state = .ready
            readySince = now
            idleSince = now
            return [.tellReady]
        default: return []
        }
    }

    private mutating func ended(
        _ end: ServerEnd, _ policy: Policy, now: UInt64
    ) -> [Action] {
        switch state {
        case .starting, .loading: return endedInLoading(end, policy, now: now)
        case .ready: return crashed(end.reason, now: now)
        case .stopping(let stopping):
            if let failure = stopping.failure { return fail(failure) }
            state = isWanted ? .looking : .idle
            return isWanted ? [.look] : []
        case .idle, .looking, .lent, .waitingForRoom, .pausing, .failed: return []
        }
    }

    private mutating func endedInLoading(
        _ end: ServerEnd, _ policy: Policy, now: UInt64
    ) -> [Action] {
        switch end.kind {
        case .portTaken:
            portTries += 1
            guard !policy.hasFixedPort, portTries < Policy.portTriesMax else {
                state = .idle
                return [.tellFailure(end.reason)]
            }
            return start(now: now)
        case .hopeless: return fail(end.reason)
        case .outOfMemory:
            state = .idle
            return [.tellFailure(end.reason)]
        case .crash: return crashed(end.reason, now: now)
        }
    }

    private mutating func crashed(_ reason: String, now: UInt64) -> [Action] {
        if state == .ready, now - readySince >= UInt64(Policy.calmSeconds * 1e9) { crashes = 0 }
        crashes += 1
        guard crashes < Policy.crashesMax else {
            return fail("it crashed \(crashes) times in a row; the last time: \(reason)")
        }
        // The first time at once, if somebody waits.
        let pause =
            crashes == 1
            ? 0
            : Doubling.pause(
                first: Policy.firstPauseSeconds, after: crashes - 2, max: Policy.pauseSecondsMax)
        state = .pausing(until: Self.after(now, pause))
        return []
    }

    private mutating func fail(_ reason: String) -> [Action] {
        state = .failed(reason)
        return [.tellFailure(reason)]
    }

    private mutating func rest(now: UInt64) -> [Action] {
        switch state {
        case .starting, .loading, .ready: return stop(nil, now: now)
        case .waitingForRoom, .pausing, .failed, .looking, .lent:
            state = .idle
            return []
        case .idle, .stopping: return []
        }
    }

    private mutating func stop(_ failure: String?, now: UInt64) -> [Action] {
        state = .stopping(Stopping(since: now, failure: failure))
        return [.terminate]
    }

    private mutating func due(_ policy: Policy, now: UInt64) -> [Action] {
        guard let due = dueNanoseconds(policy), due <= now else { return [] }
        switch state {
        case .starting, .loading:
            let seconds = Amount.duration(milliseconds: policy.loadSeconds * 1_000)
            return stop(
                "it was not loaded within \(seconds); load_seconds in [local] allows more",
                now: now)
        case .ready: return stop(nil, now: now)
        case .pausing:
            state = isWanted ? .waitingForRoom : .idle
            return isWanted ? [.askForRoom] : []
        case .stopping(var stopping):
            stopping.signals += 1
            state = .stopping(stopping)
            return [stopping.signals == 2 ? .terminate : .kill]
        case .idle, .looking, .lent, .waitingForRoom, .failed: return []
        }
    }
}

/// Why a server is not there any more.
struct ServerEnd: Sendable, Hashable {
    let kind: Kind
    /// For a person.
    let reason: String

    enum Kind: Sendable, Hashable {
        case portTaken
        case outOfMemory
        /// It would end in the same way again: the file, an argument, the template.
        case hopeless
        case crash
    }
}
