import CInotify
import Glibc

/// epoll: which of many descriptors are ready.
package struct Poller: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package init() throws(SystemError) {
        let raw = try systemCall("make a poller") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        descriptor = FileDescriptor(owning: raw)
    }

    /// Reports `token` while `fd` has something to read or its peer is gone. Regular files and
    /// `/dev/null` are refused with EPERM: read those on a thread of their own.
    package func add(_ fd: Int32, token: UInt64) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue
        unsafe event.data.u64 = token
        try systemCall("watch descriptor", "\(fd)") {
            unsafe epoll_ctl(descriptor.raw, EPOLL_CTL_ADD, fd, &event)
        }
    }

    /// What somebody waits for. That the peer is gone altogether is always told.
    package struct Interest: OptionSet, Sendable, Hashable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// There is something to read, or the peer has ended its side.
        package static let reading = Interest(rawValue: EPOLLIN.rawValue)
        /// There is room to write.
        package static let writing = Interest(rawValue: EPOLLOUT.rawValue)
    }

    /// What has come of it.
    package struct Event: Sendable, Hashable {
        package let token: UInt64
        package let ready: Interest
        /// Nobody can be told anything any more; what was sent before can still be read.
        package let isGone: Bool
    }

    package func add(_ fd: Int32, token: UInt64, for interest: Interest) throws(SystemError) {
        try control(EPOLL_CTL_ADD, fd, token, interest)
    }

    package func change(_ fd: Int32, token: UInt64, to interest: Interest) throws(SystemError) {
        try control(EPOLL_CTL_MOD, fd, token, interest)
    }

    private func control(
        _ operation: Int32, _ fd: Int32, _ token: UInt64, _ interest: Interest
    ) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events = interest.rawValue
        unsafe event.data.u64 = token
        try systemCall("watch descriptor", "\(fd)") {
            unsafe epoll_ctl(descriptor.raw, operation, fd, &event)
        }
    }

    package func remove(_ fd: Int32) throws(SystemError) {
        try systemCall("stop watching descriptor", "\(fd)") {
            epoll_ctl(descriptor.raw, EPOLL_CTL_DEL, fd, nil)
        }
    }

    /// Waits for readiness; nil waits for ever. Returns the tokens that are ready.
    package func wait(timeoutMilliseconds: Int32? = nil) throws(SystemError) -> [UInt64] {
        try events(timeoutMilliseconds: timeoutMilliseconds).map(\.token)
    }

    private static let eventsMax = 64

    /// As `wait`, and says for what each is ready.
    package func events(timeoutMilliseconds: Int32? = nil) throws(SystemError) -> [Event] {
        var events = unsafe [epoll_event](repeating: epoll_event(), count: Self.eventsMax)
        let count = try systemCall("wait for descriptors") {
            unsafe epoll_wait(
                descriptor.raw, &events, Int32(events.count), timeoutMilliseconds ?? -1)
        }
        return unsafe events.prefix(Int(count)).map { event in
            let bits = unsafe event.events
            let isGone = bits & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
            return unsafe Event(
                token: event.data.u64, ready: Interest(rawValue: bits), isGone: isGone)
        }
    }
}

/// A descriptor that another thread makes readable.
package struct WakeUp: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    package init() throws(SystemError) {
        let raw = try systemCall("make an event descriptor") {
            eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        }
        descriptor = FileDescriptor(owning: raw)
    }

    package func signal() {
        var one: UInt64 = 1
        _ = unsafe write(descriptor.raw, &one, 8)
    }

    package func clear() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor.raw, &count, 8)
    }
}
