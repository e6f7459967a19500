/// When the parent starts a kernel, when it waits, and when it ends: a value without I/O. Times are
/// on a monotonic clock, in nanoseconds.
package struct ParentLife: Sendable, Hashable {
    package struct Limits: Sendable, Hashable {
        /// After so many crashes within the time the kernel is started in safe mode, and after one
        /// more not at all.
        package var crashesMax = 3
        package var withinNanoseconds: UInt64 = 300_000_000_000
        /// Before the second start in a row that came to nothing; doubled for each that follows.
        package var firstDelayNanoseconds: UInt64 = 100_000_000
        package var delayNanosecondsMax: UInt64 = 10_000_000_000
        /// Of kernels that served, but for no longer than `briefNanoseconds`, so many in a row are
        /// followed by another at once; those after them were started in vain, as one for which
        /// there is no memory always is.
        package var briefMax = 10
        package var briefNanoseconds: UInt64 = 3_000_000_000

        package init() {}
    }

    /// How a kernel ended.
    package enum End: Sendable, Hashable {
        /// By itself, with this status.
        case left(status: Int32)
        /// By a fault of its own or of a module; `status` is what a shell would show.
        case crashed(status: Int32)
        /// By SIGKILL: somebody's will, or that of a system that is short of memory. Nothing that
        /// safe mode could help against.
        case killed(status: Int32)
    }

    package enum Event: Sendable, Hashable {
        case ended(End, FlightEnd)
        /// No kernel came of the attempt; `status` is the parent's own if it makes no other.
        case notStarted(status: Int32)
        /// The parent was told to end, by this signal.
        case asked(signal: Int32)
        case waited
    }

    /// How far the kernel had come that ended, when that was, and when it was started.
    package struct FlightEnd: Sendable, Hashable {
        package let hadServed: Bool
        package let wasStopping: Bool
        package let startedNanoseconds: UInt64
        package let nanoseconds: UInt64

        package init(
            hadServed: Bool, wasStopping: Bool, startedNanoseconds: UInt64, nanoseconds: UInt64
        ) {
            self.hadServed = hadServed
            self.wasStopping = wasStopping
            self.startedNanoseconds = startedNanoseconds
            self.nanoseconds = nanoseconds
        }

        fileprivate var livedNanoseconds: UInt64 {
            nanoseconds - min(startedNanoseconds, nanoseconds)
        }
    }

    package enum Action: Sendable, Hashable {
        case start(isSafe: Bool)
        case wait(nanoseconds: UInt64)
        /// The kernel ends itself now, if there is one; a later event tells.
        case goOn
        case end(status: Int32)
        /// No more is tried.
        case giveUp(status: Int32)
    }

    private enum State: Hashable {
        case running, waiting, ended
    }

    private let limits: Limits
    private let restarts: Bool
    private var state = State.running
    private var askedBy: Int32?
    private var crashes: [UInt64] = []
    private var startsInVain = 0
    private var briefInARow = 0
    package private(set) var isSafe: Bool

    /// `restarts`: a kernel that dies is started again.
    package init(restarts: Bool, isSafe: Bool, limits: Limits = Limits()) {
        self.restarts = restarts
        self.isSafe = isSafe
        self.limits = limits
    }

    package var firstAction: Action { .start(isSafe: isSafe) }

    package mutating func next(_ event: Event) -> Action {
        switch event {
        case .asked(let signal): asked(signal)
        case .waited: waited()
        case .ended(let end, let flight): ended(end, flight)
        case .notStarted(let status): notStarted(status)
        }
    }

    private mutating func asked(_ signal: Int32) -> Action {
        askedBy = askedBy ?? signal
        guard state == .waiting else { return .goOn }
        state = .ended
        return .end(status: Self.status(ofSignal: signal))
    }

    private mutating func waited() -> Action {
        guard state == .waiting else { return .goOn }
        state = .running
        return .start(isSafe: isSafe)
    }

    private mutating func ended(_ end: End, _ flight: FlightEnd) -> Action {
        let status: Int32
        switch end {
        case .left(let own):
            state = .ended
            return .end(status: own)
        case .crashed(let shown), .killed(let shown): status = shown
        }
        guard restarts, askedBy == nil, !flight.wasStopping else {
            state = .ended
            return .end(status: askedBy.map(Self.status) ?? status)
        }
        startsInVain = wasInVain(flight) ? startsInVain + 1 : 0
        if case .crashed = end, !noteCrash(flight.nanoseconds) {
            state = .ended
            return .giveUp(status: status)
        }
        return again()
    }

    private mutating func wasInVain(_ flight: FlightEnd) -> Bool {
        guard flight.hadServed else { return true }
        briefInARow = flight.livedNanoseconds > limits.briefNanoseconds ? 0 : briefInARow + 1
        return briefInARow > limits.briefMax
    }

    private mutating func notStarted(_ status: Int32) -> Action {
        guard restarts, askedBy == nil else {
            state = .ended
            return .end(status: askedBy.map(Self.status) ?? status)
        }
        startsInVain += 1
        return again()
    }

    /// False if that was one too many.
    private mutating func noteCrash(_ now: UInt64) -> Bool {
        crashes = crashes.filter { now - min($0, now) < limits.withinNanoseconds } + [now]
        guard crashes.count >= limits.crashesMax else { return true }
        if isSafe { return false }
        isSafe = true
        return true
    }

    private mutating func again() -> Action {
        guard startsInVain > 1 else {
            state = .running
            return .start(isSafe: isSafe)
        }
        state = .waiting
        let doublings = min(startsInVain - 2, 20)
        return .wait(
            nanoseconds: min(limits.firstDelayNanoseconds << doublings, limits.delayNanosecondsMax))
    }

    private static func status(ofSignal signal: Int32) -> Int32 { 128 + signal }
}
