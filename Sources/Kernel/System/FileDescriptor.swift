import CInotify
import Glibc

/// An open descriptor, closed exactly once: when it is let go of.
package struct FileDescriptor: ~Copyable, Sendable {
    /// For system calls while this value lives; never to be closed by hand.
    package let raw: Int32

    /// Takes over a descriptor that nobody else will close.
    package init(owning raw: Int32) {
        precondition(raw >= 0, "a negative number is not a descriptor")
        self.raw = raw
    }

    deinit {
        // Linux frees the number even if close() reports an error, so that it must not be retried.
        if Glibc.close(raw) == -1 {
            precondition(errno != EBADF, "descriptor \(raw) was closed by somebody else")
        }
    }

    /// Gives the number away; the receiver closes it.
    package consuming func release() -> Int32 {
        let number = raw
        discard self
        return number
    }

    package enum Access: Sendable {
        case read, write, append, directory, path
    }

    /// What open(2) does with a file that is not there.
    package enum Creation: Sendable {
        case never
        /// With these permissions.
        case ifMissing(UInt32 = 0o600)
        /// It must not be there.
        case always(UInt32 = 0o600)

        fileprivate var flags: Int32 {
            switch self {
            case .never: 0
            case .ifMissing: O_CREAT
            case .always: O_CREAT | O_EXCL
            }
        }

        fileprivate var permissions: UInt32 {
            switch self {
            case .never: 0
            case .ifMissing(let permissions), .always(let permissions): permissions
            }
        }
    }

    package static func open(
        _ path: String, _ access: Access, creating: Creation = .never, extraFlags: Int32 = 0
    ) throws(SystemError) -> FileDescriptor {
        var flags: Int32 =
            switch access {
            case .read: O_RDONLY
            case .write: O_RDWR
            case .append: O_WRONLY | O_APPEND
            case .directory: O_RDONLY | O_DIRECTORY
            case .path: Self.pathOnly
            }
        flags |= O_CLOEXEC | creating.flags | extraFlags
        let raw = try systemCall("open", path) {
            unsafe linux_open(path, flags, creating.permissions)
        }
        return FileDescriptor(owning: raw)
    }

    /// O_PATH, which Glibc's overlay hides behind _GNU_SOURCE.
    private static let pathOnly: Int32 = 0o10000000

    package func duplicate() throws(SystemError) -> FileDescriptor {
        let copy = try systemCall("duplicate descriptor", "\(raw)") { linux_duplicate(raw, 3) }
        return FileDescriptor(owning: copy)
    }

    package func setNonblocking(_ on: Bool) throws(SystemError) {
        try systemCall("set the blocking of descriptor", "\(raw)") {
            linux_set_nonblocking(raw, on ? 1 : 0)
        }
    }

    package func setCloseOnExec(_ on: Bool) throws(SystemError) {
        try systemCall("set close-on-exec of descriptor", "\(raw)") {
            linux_set_close_on_exec(raw, on ? 1 : 0)
        }
    }
}

/// What a read found.
package enum ReadResult: Sendable, Equatable {
    case bytes(Int)
    case endOfFile
    /// The descriptor is non-blocking and has nothing now.
    case wouldBlock
}

extension FileDescriptor {
    /// Reads at most `buffer.count` bytes into the start of `buffer`.
    package func read(into buffer: inout [UInt8]) throws(SystemError) -> ReadResult {
        let count = try Self.orWouldBlock { () throws(SystemError) in
            try systemCall("read") {
                unsafe buffer.withUnsafeMutableBytes {
                    unsafe Glibc.read(raw, $0.baseAddress, $0.count)
                }
            }
        }
        guard let count else { return .wouldBlock }
        return count == 0 ? .endOfFile : .bytes(count)
    }

    /// As above, from this place in the file, whatever was read before.
    package func read(
        into buffer: inout [UInt8], at position: Int
    ) throws(SystemError) -> ReadResult {
        let count = try Self.read(raw, into: &buffer, at: position)
        return count == 0 ? .endOfFile : .bytes(count)
    }

    /// As above, of a descriptor that somebody keeps open meanwhile.
    static func read(
        _ raw: Int32, into buffer: inout [UInt8], at position: Int
    ) throws(SystemError) -> Int {
        try systemCall("read") {
            unsafe buffer.withUnsafeMutableBytes {
                unsafe pread(raw, $0.baseAddress, $0.count, position)
            }
        }
    }

    /// Writes everything, waiting as long as it takes on a blocking descriptor.
    package func write(_ bytes: some Collection<UInt8>) throws(SystemError) {
        try write(Array(bytes))
    }

    /// As above, without a copy.
    package func write(_ whole: [UInt8]) throws(SystemError) {
        try write(whole[...])
    }

    /// As above, without a copy: fresh memory costs more than the write.
    package func write(_ part: ArraySlice<UInt8>) throws(SystemError) {
        var position = 0
        while position < part.count {
            position += try systemCall("write") {
                unsafe part.withUnsafeBytes {
                    unsafe Glibc.write(
                        raw, $0.baseAddress.map { unsafe $0 + position }, $0.count - position)
                }
            }
        }
    }

    /// Writes what a non-blocking descriptor takes now of the bytes from `start` on; nil if it
    /// takes nothing.
    package func writeSome(_ bytes: [UInt8], from start: Int) throws(SystemError) -> Int? {
        try Self.orWouldBlock { () throws(SystemError) in
            try systemCall("write") {
                unsafe bytes.withUnsafeBytes {
                    unsafe Glibc.write(
                        raw, $0.baseAddress.map { unsafe $0 + start }, $0.count - start)
                }
            }
        }
    }

    private static func orWouldBlock(
        _ body: () throws(SystemError) -> Int
    ) throws(SystemError) -> Int? {
        do throws(SystemError) {
            return try body()
        } catch {
            if error.code == EAGAIN { return nil }
            throw error
        }
    }
}
