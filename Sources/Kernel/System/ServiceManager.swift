import CInotify
import Glibc

/// Whoever has started this program and looks after it: systemd, or a parent that speaks as systemd
/// does (sd_listen_fds(3), sd_notify(3)).
package struct ServiceManager: Sendable {
    /// The socket that it listens at for us, if it does.
    package let listener: Int32?
    private let notifications: String?

    private static let firstPassed: Int32 = 3

    /// Reads what concerns this process out of the environment, and takes it out, since it concerns
    /// no program that this one starts. To be called before there are other threads.
    package init() {
        let process = Environment.value("LISTEN_PID").flatMap { Int32($0) }
        let count = Environment.value("LISTEN_FDS").flatMap { Int32($0) } ?? 0
        let isForUs = count > 0 && (process ?? getpid()) == getpid()
        listener = isForUs && count == 1 ? Self.firstPassed : nil
        notifications = Environment.value("NOTIFY_SOCKET")
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET"] {
            unsafe unsetenv(name)
        }
        guard isForUs else { return }
        for number in Self.firstPassed..<Self.firstPassed + min(count, Self.passedMax) {
            _ = linux_set_close_on_exec(number, 1)
        }
    }

    private static let passedMax: Int32 = 64

    /// `READY=1`, `STOPPING=1`. Nobody listening, or a message that does not arrive, is no problem
    /// of the program's.
    package func tell(_ state: String) {
        guard let notifications, let first = notifications.utf8.first else { return }
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let raw = socket(AF_UNIX, kind, 0)
        guard raw >= 0 else { return }
        let descriptor = FileDescriptor(owning: raw)
        // An at sign stands for the zero byte of an abstract name.
        let isAbstract = first == UInt8(ascii: "@")
        let name = (isAbstract ? [0] : [first]) + notifications.utf8.dropFirst()
        let address = name.map { CChar(bitPattern: $0) }
        guard unsafe linux_unix_connect(descriptor.raw, address, address.count) == 0 else {
            return
        }
        try? descriptor.write(Array(state.utf8))
    }
}

/// How many descriptors this process may have.
package enum DescriptorLimit {
    /// Takes what the system allows, up to `least`. Nil, or how many there may be at most, if
    /// that is less.
    package static func shortage(below least: UInt64) -> UInt64? {
        raise(to: least)
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(kind, &limit) == 0, limit.rlim_cur < least else { return nil }
        return UInt64(limit.rlim_cur)
    }

    /// Takes what the system allows, up to `most`: a client is one descriptor, and the usual limit
    /// of 1,024 is meant for programs that use select(2).
    package static func raise(to most: UInt64) {
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(kind, &limit) == 0 else { return }
        let wanted = min(UInt64(limit.rlim_max), most)
        guard wanted > UInt64(limit.rlim_cur) else { return }
        limit.rlim_cur = rlim_t(wanted)
        _ = unsafe setrlimit(kind, &limit)
    }
}
