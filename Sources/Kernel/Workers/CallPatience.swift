package import KernelBase

/// How long a call in a worker is waited for, and what comes next: a value without I/O.
package struct CallPatience: Sendable, Hashable {
    package enum Step: Sendable, Hashable {
        case wait
        case cancel(CancelReason)
        case kill
    }

    private enum Phase: Hashable {
        case running
        case cancelled(killNanoseconds: UInt64)
        case killed
    }

    private let deadlineNanoseconds: UInt64
    private let graceNanoseconds: UInt64
    private var phase = Phase.running

    /// `deadlineNanoseconds` on the monotonic clock; 0 means none.
    package init(deadlineNanoseconds: UInt64, graceSeconds: Double) {
        self.deadlineNanoseconds = deadlineNanoseconds
        graceNanoseconds = UInt64(graceSeconds * 1e9)
    }

    /// Until when to wait before asking `next` again; nil means for ever.
    package var waitNanoseconds: UInt64? {
        switch phase {
        case .running: deadlineNanoseconds == 0 ? nil : deadlineNanoseconds
        case .cancelled(let kill): kill
        case .killed: nil
        }
    }

    package mutating func next(cancelled: CancelReason?, nowNanoseconds now: UInt64) -> Step {
        switch phase {
        case .running:
            let isLate = deadlineNanoseconds != 0 && now >= deadlineNanoseconds
            guard let reason = cancelled ?? (isLate ? .deadline : nil) else { return .wait }
            phase = .cancelled(killNanoseconds: now + graceNanoseconds)
            return .cancel(reason)
        case .cancelled(let kill):
            guard now >= kill else { return .wait }
            phase = .killed
            return .kill
        case .killed:
            return .wait
        }
    }
}
