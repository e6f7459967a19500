import Glibc

/// A call to the operating system that failed.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried, as a person would say it: "open", "watch".
    package let operation: String
    /// On what, if there is a name for it.
    package let subject: String?
    /// The system's number for the reason.
    package let code: Int32

    package init(_ operation: String, _ subject: String? = nil, code: Int32) {
        self.operation = operation
        self.subject = subject
        self.code = code
    }

    /// The other side of a connection is not there any more.
    package var isPeerGone: Bool { code == EPIPE || code == ECONNRESET }

    /// There is nothing to take, or no room for more, at this moment.
    package var isWouldBlock: Bool { code == EAGAIN }

    package var isAddressInUse: Bool { code == EADDRINUSE }

    /// Nobody listens there.
    package var isRefused: Bool { code == ECONNREFUSED }

    package var reason: String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }

    package var description: String {
        if let subject {
            "cannot \(operation) \(subject): \(reason)"
        } else {
            "cannot \(operation): \(reason)"
        }
    }
}

/// Repeats a system call while a signal interrupts it, and turns -1 into an error.
/// This is the one shape of a system call in this layer.
@discardableResult
package func systemCall<Result: SignedInteger>(
    _ operation: @autoclosure () -> String, _ subject: @autoclosure () -> String? = nil,
    _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code == EINTR { continue }
        // A descriptor that is not open, or memory that is not ours, is a mistake in this
        // program, and going on could hit somebody else's file.
        precondition(code != EBADF && code != EFAULT, "\(operation()): errno \(code)")
        throw SystemError(operation(), subject(), code: code)
    }
}
