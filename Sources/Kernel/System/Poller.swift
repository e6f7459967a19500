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

    /// From now on reports `token` also, or no longer, while `fd` takes what is written.
    package func watchWriting(_ isWatched: Bool, _ fd: Int32, token: UInt64) throws(SystemError) {
        var event = unsafe epoll_event()
        unsafe event.events =
            EPOLLIN.rawValue | EPOLLRDHUP.rawValue | (isWatched ? EPOLLOUT.rawValue : 0)
        unsafe event.data.u64 = token
        try systemCall("watch descriptor", "\(fd)") {
            unsafe epoll_ctl(descriptor.raw, EPOLL_CTL_MOD, fd, &event)
        }
    }

    package func remove(_ fd: Int32) throws(SystemError) {
        try systemCall("stop watching descriptor", "\(fd)") {
            epoll_ctl(descriptor.raw, EPOLL_CTL_DEL, fd, nil)
        }
    }

    /// Waits for readiness; nil waits for ever. Returns the tokens that are ready.
    package func wait(timeoutMilliseconds: Int32? = nil) throws(SystemError) -> [UInt64] {
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 32)
        let count = try systemCall("wait for descriptors") {
            unsafe epoll_wait(
                descriptor.raw, &events, Int32(events.count), timeoutMilliseconds ?? -1)
        }
        return unsafe events.prefix(Int(count)).map { unsafe $0.data.u64 }
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
