import CInotify
import Glibc

/// Signals as events: blocked everywhere, and taken by a thread of its own.
package enum Signals {
    package enum Signal: Sendable, Hashable {
        case terminate
        case interrupt
        case hangUp
        case windowChanged
        case continued

        fileprivate var number: Int32 {
            switch self {
            case .terminate: SIGTERM
            case .interrupt: SIGINT
            case .hangUp: SIGHUP
            case .windowChanged: SIGWINCH
            case .continued: SIGCONT
            }
        }
    }

    /// A program that was started to outlive its terminal is not told of its end.
    private static let all: [Signal] =
        [.terminate, .interrupt, .windowChanged, .continued]
        + (linux_is_ignored(SIGHUP) != 0 ? [] : [.hangUp])

    /// A signal for a whole group of processes comes directly, and once more from the parent, which
    /// cannot know that. A person who asks twice takes longer.
    private static let echoNanoseconds: UInt64 = 100_000_000

    /// Call it first of all: threads that exist already would still be interrupted. A write to a
    /// closed connection, or over the limit on file sizes, becomes an error instead of the end of
    /// the process.
    package static func block() {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in all { unsafe sigaddset(&set, signal.number) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGXFSZ, SIG_IGN)
    }

    /// Hands every signal that comes from now on to `handler`, on a thread of its own.
    package static func listen(
        _ handler: @escaping @Sendable (Signal) -> Void
    ) throws(SystemError) {
        try SystemThread.start(name: "signals") {
            var set = sigset_t()
            unsafe sigemptyset(&set)
            for signal in all { unsafe sigaddset(&set, signal.number) }
            var last: (number: Int32, nanoseconds: UInt64) = (0, 0)
            while true {
                var number: Int32 = 0
                guard unsafe sigwait(&set, &number) == 0 else { continue }
                let now = SystemClock.monotonicNanoseconds
                let isEcho = number == last.number && now - last.nanoseconds < echoNanoseconds
                last = (number, now)
                guard let signal = all.first(where: { $0.number == number }) else { continue }
                if !isEcho || signal == .windowChanged { handler(signal) }
            }
        }
    }
}
