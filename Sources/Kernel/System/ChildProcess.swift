import CInotify
import Glibc

/// Starts programs and looks after them by descriptor, never by number alone.
package enum ChildProcess {
    /// Where the new process gets one of its descriptors from.
    package struct Inherited: Sendable {
        package let from: Int32
        package let to: Int32

        package init(_ from: Int32, as to: Int32) {
            self.from = from
            self.to = to
        }
    }

    package struct Options: Sendable {
        package var environment: [String]
        package var directory: String?
        /// Everything else is closed in the child.
        package var descriptors: [Inherited] = []
        /// A session of its own: no signal from our terminal reaches it.
        package var isSessionLeader = true

        package init(environment: [String], directory: String? = nil) {
            self.environment = environment
            self.directory = directory
        }
    }

    /// Starts the program at `path`. The error names it if it cannot be executed.
    package static func spawn(
        _ path: String, _ arguments: [String], _ options: Options
    ) throws(SystemError) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        for descriptor in options.descriptors {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor.from, descriptor.to)
        }
        if let directory = options.directory {
            unsafe linux_spawn_change_directory(&actions, directory)
        }
        let lowestClosed = (options.descriptors.map(\.to).max() ?? 2) + 1
        unsafe linux_spawn_close_from(&actions, max(lowestClosed, 3))
        var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        if options.isSessionLeader { flags |= Self.newSession }
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        Self.resetSignals(&attributes)

        let words = CStrings([path] + arguments)
        let variables = CStrings(options.environment)
        var child: pid_t = 0
        let code = unsafe posix_spawn(
            &child, path, &actions, &attributes, words.pointers, variables.pointers)
        guard code == 0 else { throw SystemError("start", path, code: code) }
        return child
    }

    /// POSIX_SPAWN_SETSID, which Glibc's overlay hides behind _GNU_SOURCE.
    private static let newSession: Int32 = 0x80

    private static func resetSignals(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    }

    /// A descriptor that stands for the process and is readable once it has ended.
    package static func handle(of process: Int32) throws(SystemError) -> FileDescriptor {
        let raw = try systemCall("watch process", "\(process)") { linux_pidfd_open(process) }
        return FileDescriptor(owning: raw)
    }

    /// Sends a signal to exactly that process, even if its number was given to another since.
    package static func signal(_ handle: borrowing FileDescriptor, _ signal: Int32) {
        _ = linux_pidfd_send_signal(handle.raw, signal)
    }

    /// How a process ended.
    package enum End: Sendable, Hashable, CustomStringConvertible {
        case exited(code: Int32)
        case killed(signal: Int32)

        package init(waitStatus: Int32) {
            if linux_status_exited(waitStatus) != 0 {
                self = .exited(code: linux_status_code(waitStatus))
            } else {
                self = .killed(signal: linux_status_signal(waitStatus))
            }
        }

        package var description: String {
            switch self {
            case .exited(let code): "exited with status \(code)"
            case .killed(let signal): "was ended by \(SignalName.name(of: signal))"
            }
        }
    }

    /// Waits for a child of this process to end.
    package static func wait(for process: Int32) throws(SystemError) -> End {
        var status: Int32 = 0
        try systemCall("wait for process", "\(process)") {
            unsafe waitpid(process, &status, 0)
        }
        return End(waitStatus: status)
    }
}

/// The names of signals, as `kill -l` prints them.
package enum SignalName {
    package static func name(of signal: Int32) -> String {
        names[signal] ?? "signal \(signal)"
    }

    private static let names: [Int32: String] = [
        SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL (a trap)",
        SIGTRAP: "SIGTRAP (a trap)", SIGABRT: "SIGABRT (abort)", SIGBUS: "SIGBUS",
        SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGSEGV: "SIGSEGV (a crash)", SIGPIPE: "SIGPIPE",
        SIGALRM: "SIGALRM", SIGTERM: "SIGTERM",
        SIGSYS: "SIGSYS (a system call that the sandbox forbids)", SIGXCPU: "SIGXCPU",
        SIGXFSZ: "SIGXFSZ",
    ]
}

/// The signals that this project sends.
package enum SignalNumber {
    package static let kill = SIGKILL
    package static let terminate = SIGTERM
    package static let interrupt = SIGINT
    package static let hangUp = SIGHUP
    package static let quit = SIGQUIT
    package static let badAddress = SIGSEGV

    /// What a signal that a program brings upon itself says of it.
    package enum Fault: Sendable, Hashable {
        case trap, abort, other

        package init?(_ signal: Int32) {
            switch signal {
            case SIGILL, SIGTRAP: self = .trap
            case SIGABRT: self = .abort
            case SIGSEGV, SIGBUS, SIGFPE, SIGSYS, SIGALRM: self = .other
            default: return nil
            }
        }
    }
}
