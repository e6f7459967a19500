import CInotify
import Glibc

/// What a process with one thread needs to start another program and look after it. Not for a
/// process in which a second thread or a Swift task ever ran: it forks.
package enum Supervision {
    /// What the wait was for.
    package enum Event: Sendable, Hashable {
        /// A child has ended, or been stopped.
        case child
        /// One of SIGTERM, SIGINT, SIGHUP and SIGQUIT; `byTerminal`: everybody in the foreground
        /// has had it too.
        case signal(Int32, byTerminal: Bool)
        case timeout
    }

    /// From now on signals wait until `wait` takes them.
    package static func begin() {
        _ = linux_block_waited_signals()
    }

    /// Nil waits for ever.
    package static func wait(nanoseconds: UInt64?) -> Event {
        let begin = SystemClock.monotonicNanoseconds
        while true {
            let passed = SystemClock.monotonicNanoseconds - begin
            let timeout = nanoseconds.map { Int64(clamping: $0 - min($0, passed)) } ?? -1
            var byTerminal: Int32 = 0
            let number = unsafe linux_wait_for_signal(timeout, &byTerminal)
            switch number {
            case SIGCHLD: return .child
            // This process was stopped and goes on, as by ^Z and fg: that is no event.
            case ..<0 where errno == EINTR: continue
            case ..<0: return .timeout
            default: return .signal(number, byTerminal: byTerminal != 0)
            }
        }
    }

    /// What a program is started with.
    package struct Start: Sendable {
        package var path: String
        /// Without the program's name.
        package var arguments: [String]
        package var environment: [String]
        /// Those and 0, 1 and 2 are the program's; all others are closed. Their numbers in the
        /// program go from 3 on in this order.
        package var descriptors: [Int32]

        package init(
            path: String, arguments: [String], environment: [String], descriptors: [Int32]
        ) {
            self.path = path
            self.arguments = arguments
            self.environment = environment
            self.descriptors = descriptors
        }
    }

    /// Starts a program in this process's group, with SIGTERM, SIGINT and SIGHUP still blocked, so
    /// that none is lost before it listens. It is told by SIGTERM of this process's end. Its own
    /// number is put in place of `processMark` in its environment.
    package static func start(_ start: Start) throws(SystemError) -> Int32 {
        let parent = getpid()
        let child = try systemCall("fork") { linux_fork() }
        guard child == 0 else { return child }
        _ = linux_die_with_parent(SIGTERM)
        guard getppid() == parent else { _exit(failedStatus) }
        linux_leave_waited_signals()
        let number = "\(getpid())"
        let environment = start.environment.map {
            $0.hasSuffix(processMark) ? String($0.dropLast(processMark.count)) + number : $0
        }
        do {
            try arrange(start.descriptors)
            try replaceProgram(start.path, start.arguments, environment)
        } catch {
            StandardStreams.complain("kernel: \(error)")
        }
        _exit(failedStatus)
    }

    /// These become 3 and the numbers that follow it; all others above 2 are closed.
    private static func arrange(_ descriptors: [Int32]) throws(SystemError) {
        let end = Int32(3 + descriptors.count)
        // Moved up first, so that no dup2 below overwrites one that is still needed.
        let sources = try descriptors.map { descriptor throws(SystemError) in
            try systemCall("duplicate descriptor", "\(descriptor)") {
                linux_duplicate(descriptor, end)
            }
        }
        for (target, source) in zip(3..<end, sources) {
            try systemCall("duplicate descriptor", "\(source)") { dup2(source, target) }
        }
        _ = linux_close_from(end)
    }

    package static let processMark = "=%process%"

    /// What a shell answers for a program that cannot be executed.
    package static let failedStatus: Int32 = 126

    /// Becomes another program. Returns only if that fails.
    package static func replaceProgram(
        _ path: String, _ arguments: [String], _ environment: [String]
    ) throws(SystemError) {
        let argumentVector = CStrings([path] + arguments)
        let environmentVector = CStrings(environment)
        try systemCall("start", path) {
            unsafe linux_replace_program(
                path, argumentVector.pointers, environmentVector.pointers)
        }
    }

    /// How the child ended; nil if it has not. It is not asked for again after that.
    package static func end(of child: Int32) -> ChildProcess.End? {
        var status: Int32 = 0
        let ended = unsafe waitpid(child, &status, WNOHANG)
        return ended == child ? ChildProcess.End(waitStatus: status) : nil
    }

    /// To a child that has not been waited for.
    package static func send(_ signal: Int32, to child: Int32) {
        kill(child, signal)
    }

    /// Ends this process as the signal would have.
    package static func end(bySignal signal: Int32) -> Never {
        linux_end_by_signal(signal)
        _exit(128 + signal)
    }

    /// The process that started this one.
    package static var parent: Int32 { getppid() }
}

/// How a terminal was, to be put right after a program that may have died in raw mode.
package struct TerminalSettings {
    private let settings: termios

    /// Nil if descriptor 0 is no terminal.
    package init?() {
        var settings = termios()
        guard unsafe tcgetattr(0, &settings) == 0 else { return nil }
        self.settings = settings
    }

    /// Also from the background. Leaves bracketed paste, shows the cursor and begins a new line.
    package func restore() {
        var settings = settings
        unsafe tcsetattr(0, TCSANOW, &settings)
        if isatty(1) == 1 { StandardStreams.say("\u{1B}[?2004l\u{1B}[?25h\r") }
    }
}
