import CInotify
import Glibc
import Synchronization

package struct TerminalSize: Equatable, Sendable {
    package var columns: Int
    package var rows: Int

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

/// The calls that a line editor needs of the operating system. They take plain descriptor numbers,
/// since descriptors 0 and 1 belong to the process and not to a handle.
package enum TerminalDevice {
    /// What `wait` saw: each may be set, or none after the time-out.
    package struct Readiness: Sendable {
        package var input = false
        package var wakeup = false
    }

    package static func isTerminal(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1
    }

    /// Nil for what is not a terminal, or for a terminal that does not know its size.
    package static func windowSize(_ descriptor: Int32) -> TerminalSize? {
        var window = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0 else { return nil }
        guard window.ws_col > 0, window.ws_row > 0 else { return nil }
        return TerminalSize(columns: Int(window.ws_col), rows: Int(window.ws_row))
    }

    /// 0, 1 or 2 columns; -1 for a control character.
    package static func width(of scalar: Unicode.Scalar) -> Int {
        Int(linux_scalar_width(scalar.value))
    }

    package static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Waits for input, for the wakeup, or for the time-out; nil waits for ever. Works for regular
    /// files and `/dev/null` too, which epoll refuses: they are always ready.
    package static func wait(
        input: Int32?, wakeup: borrowing WakeUp, timeoutMilliseconds: Int?
    ) throws(SystemError) -> Readiness {
        var entries = [
            pollfd(fd: wakeup.descriptor.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: input ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        let timeout = Int32(clamping: timeoutMilliseconds ?? -1)
        let count = unsafe poll(&entries, 2, timeout)
        // An interrupted wait looks like a time-out that came early: callers loop anyway.
        if count < 0 && errno != EINTR {
            throw SystemError(
                "wait for descriptor", "\(input ?? wakeup.descriptor.raw)", code: errno)
        }
        guard count > 0 else { return Readiness() }
        return Readiness(input: entries[1].revents != 0, wakeup: entries[0].revents != 0)
    }

    /// One read; empty at the end of input. A terminal that hung up counts as the end.
    package static func read(
        _ descriptor: Int32, bytesMax: Int
    ) throws(SystemError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, count in
            while true {
                let result = unsafe Glibc.read(descriptor, buffer.baseAddress, bytesMax)
                if result >= 0 {
                    count = result
                    return
                }
                if errno == EAGAIN {
                    waitUntil(POLLIN, on: descriptor)
                } else if errno != EINTR {
                    code = errno
                    return
                }
            }
        }
        if code != 0 && code != EIO {
            throw SystemError("read from descriptor", "\(descriptor)", code: code)
        }
        return bytes
    }

    /// Writes all of it, in one call unless the other side takes less.
    package static func write(
        _ bytes: [UInt8], to descriptor: Int32
    ) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let result = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            if result >= 0 {
                written += result
            } else if errno == EAGAIN {
                waitUntil(POLLOUT, on: descriptor)
            } else if errno != EINTR {
                throw SystemError("write to descriptor", "\(descriptor)", code: errno)
            }
        }
    }

    /// Stops this process and its process group, as Ctrl-Z does in a terminal that is not raw;
    /// returns when the shell has continued it.
    ///
    /// The group is stopped first, with the signal ignored here; then this thread stops the process
    /// by a signal to itself, which cannot return before the stop has happened. A signal to the
    /// whole group could be taken by another thread after this one has made the terminal raw again.
    package static func suspendProcessGroup() {
        var ignoring = sigaction()
        unsafe ignoring.__sigaction_handler.sa_handler = SIG_IGN
        var standard = sigaction()
        unsafe standard.__sigaction_handler.sa_handler = SIG_DFL
        var before = sigaction()
        unsafe sigaction(SIGTSTP, &ignoring, &before)
        kill(0, SIGTSTP)
        unsafe sigaction(SIGTSTP, &standard, nil)

        var stop = sigset_t()
        var blockedBefore = sigset_t()
        unsafe sigemptyset(&stop)
        unsafe sigaddset(&stop, SIGTSTP)
        unsafe pthread_sigmask(SIG_UNBLOCK, &stop, &blockedBefore)
        raise(SIGTSTP)
        unsafe pthread_sigmask(SIG_SETMASK, &blockedBefore, nil)
        unsafe sigaction(SIGTSTP, &before, nil)
    }

    /// For a descriptor that somebody made non-blocking, which 0 and 1 may share with a parent.
    private static func waitUntil(_ events: Int32, on descriptor: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        unsafe poll(&entry, 1, -1)
    }
}

/// A terminal in raw mode: keys come as they are pressed, none has a meaning to the kernel of the
/// machine. Dropping it restores the mode that was; so does the end of the process through `exit`.
package struct TerminalMode: ~Copyable {
    private let descriptor: Int32

    /// What `exit` restores, by descriptor. A mutex, since `exit` may be called on any thread.
    private static let saved = Mutex<[Int32: termios]>([:])

    private static let restoringAtExit: Void = {
        atexit { TerminalMode.restoreAll() }
    }()

    package init(raw descriptor: Int32) throws(SystemError) {
        self.descriptor = descriptor
        var settings = termios()
        guard unsafe tcgetattr(descriptor, &settings) == 0 else {
            throw SystemError("read the mode of descriptor", "\(descriptor)", code: errno)
        }
        Self.saved.withLock { [settings] in $0[descriptor] = settings }
        _ = Self.restoringAtExit
        settings.c_iflag &= ~tcflag_t(
            BRKINT | ICRNL | IGNCR | INLCR | INPCK | ISTRIP | IXON | PARMRK)
        // Output keeps its processing, so that a stray newline from elsewhere does not make stairs.
        settings.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | IEXTEN | ISIG)
        settings.c_cflag = (settings.c_cflag & ~tcflag_t(CSIZE | PARENB)) | tcflag_t(CS8)
        settings.c_cc.6 = 1  // VMIN: a read returns as soon as there is one byte,
        settings.c_cc.5 = 0  // VTIME: and does not wait for more
        guard unsafe tcsetattr(descriptor, TCSADRAIN, &settings) == 0 else {
            throw SystemError("set the mode of descriptor", "\(descriptor)", code: errno)
        }
    }

    package consuming func restore() {}

    deinit {
        Self.restore(descriptor)
    }

    /// Under the lock, so that `exit` cannot end the process between the two.
    private static func restore(_ descriptor: Int32) {
        saved.withLock { saved in
            guard var settings = saved.removeValue(forKey: descriptor) else { return }
            unsafe tcsetattr(descriptor, TCSADRAIN, &settings)
        }
    }

    private static func restoreAll() {
        for descriptor in saved.withLock({ Array($0.keys) }) { restore(descriptor) }
    }
}
