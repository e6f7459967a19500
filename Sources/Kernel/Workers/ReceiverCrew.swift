import KernelBase

/// The threads of a worker that take requests: how many there are, which of them wait, and which
/// calls wait for one. A value without I/O.
///
/// Whoever receives a request serves it then and there. One thread always waits, for the
/// cancellation that may come: with as many at work as there may be, it puts calls aside.
struct ReceiverCrew {
    /// What the thread that received a frame does with it.
    enum Turn {
        case serve(startsAnother: Bool)
        case putAside
    }

    /// What a thread does that has served a frame.
    enum Next {
        case wait
        case serve(Frame, startsAnother: Bool)
        case end
    }

    /// More threads than these do not serve at once.
    static let servingMax = 64
    /// More threads than these do not wait; there is one at least.
    static let waitingMax = 4

    private var serving = 0
    private var waiting = 0
    private var aside: [Frame] = []

    /// Another thread was started, and waits.
    mutating func join() {
        waiting += 1
    }

    /// A thread could not be started.
    mutating func miss() {
        waiting -= 1
    }

    mutating func received(_ frame: Frame) -> Turn {
        if waiting == 1, serving >= Self.servingMax, frame.kind.isForModule {
            aside.append(frame)
            return .putAside
        }
        waiting -= 1
        serving += 1
        // A cancellation is served in a moment.
        guard waiting == 0, frame.kind != .cancel else { return .serve(startsAnother: false) }
        waiting += 1
        return .serve(startsAnother: true)
    }

    mutating func served() -> Next {
        serving -= 1
        if !aside.isEmpty, serving < Self.servingMax {
            serving += 1
            let startsAnother = waiting == 0
            if startsAnother { waiting += 1 }
            return .serve(aside.removeFirst(), startsAnother: startsAnother)
        }
        guard waiting < Self.waitingMax else { return .end }
        waiting += 1
        return .wait
    }
}
