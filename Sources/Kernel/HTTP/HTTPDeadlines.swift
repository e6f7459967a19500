/// Which deadline of an exchange comes next: a value, told of what happened.
struct HTTPDeadlines: Sendable, Hashable {
    private enum Phase {
        /// libcurl keeps this one itself.
        case connecting
        case waiting
        case receiving
        /// Whoever takes the answer is slow, not the server.
        case held
    }

    private let limits: HTTPLimits
    private let startedNanoseconds: UInt64
    private var phase = Phase.connecting
    private var sinceNanoseconds: UInt64

    init(_ limits: HTTPLimits, now: UInt64) {
        self.limits = limits
        startedNanoseconds = now
        sinceNanoseconds = now
    }

    mutating func connected(now: UInt64) {
        guard phase == .connecting else { return }
        phase = .waiting
        sinceNanoseconds = now
    }

    mutating func heard(now: UInt64) {
        phase = .receiving
        sinceNanoseconds = now
    }

    mutating func hold(now: UInt64) {
        guard phase != .held else { return }
        phase = .held
        sinceNanoseconds = now
    }

    /// Nothing, if it was not held.
    mutating func resume(now: UInt64) {
        if phase == .held { heard(now: now) }
    }

    var dueNanoseconds: UInt64? {
        [phaseDue, totalDue].compactMap { $0 }.min()
    }

    func overdue(now: UInt64, host: String) -> HTTPFailure? {
        if let totalDue, now >= totalDue {
            return HTTPFailure(
                .totalDeadline, "\(host) did not finish within \(Self.text(limits.totalSeconds))")
        }
        guard let phaseDue, now >= phaseDue else { return nil }
        switch phase {
        case .waiting:
            return HTTPFailure(
                .firstByteDeadline,
                "\(host) took the request, and did not answer within "
                    + Self.text(limits.firstByteSeconds))
        case .held:
            return HTTPFailure(
                .notTaken,
                "nobody has taken the answer of \(host) for \(Self.text(limits.heldSeconds))")
        case .connecting, .receiving:
            return HTTPFailure(
                .stalled,
                "\(host) stopped in the middle of its answer for "
                    + Self.text(limits.stallSeconds))
        }
    }

    private var phaseDue: UInt64? {
        switch phase {
        case .connecting: nil
        case .held: Self.after(sinceNanoseconds, limits.heldSeconds)
        case .waiting: Self.after(sinceNanoseconds, limits.firstByteSeconds)
        case .receiving: Self.after(sinceNanoseconds, limits.stallSeconds)
        }
    }

    private var totalDue: UInt64? {
        limits.totalSeconds.map { Self.after(startedNanoseconds, $0) }
    }

    private static func after(_ start: UInt64, _ seconds: Double) -> UInt64 {
        start + UInt64(min(max(seconds, 0), secondsMax) * 1e9)
    }

    /// Ten days: no sum of times overflows.
    private static let secondsMax = 864_000.0

    private static func text(_ seconds: Double?) -> String {
        let seconds = seconds ?? 0
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }
}
