import KernelSystem

/// The sockets that the parent holds for its kernels, so that a client that connects between two of
/// them waits instead of being refused: the one that it makes, or those that it was given by
/// whoever started it, by systemd's protocol.
struct ParentSocket: ~Copyable {
    /// What the kernels get, to be numbered from 3 on.
    let numbers: [Int32]
    private let path: String?
    private let own: FileDescriptor?
    /// Held as long as `own`: of two that start at once, one would take away the other's socket as
    /// one that was left behind.
    private let lock: FileLock?
    private let status: FileStatus?

    var count: Int { numbers.count }

    private static let givenMax = 16

    init(_ order: ParentOrder) {
        let given = Self.given()
        guard given.isEmpty else {
            numbers = given
            path = nil
            own = nil
            lock = nil
            status = nil
            return
        }
        guard let lock = Self.lock(order), let made = Self.make(order) else {
            // The kernel says why it cannot be had, or finds out whose it is.
            numbers = []
            path = nil
            own = nil
            self.lock = nil
            status = nil
            return
        }
        numbers = [made.raw]
        own = consume made
        self.lock = consume lock
        path = order.socket
        status = try? Files.status(order.socket)
    }

    /// LISTEN_PID names a process by its number, which stays the same when a program is replaced.
    private static func given() -> [Int32] {
        let own = "\(ProcessFacts.id)"
        guard Environment.value(ParentVariables.listenProcess, or: own) == own,
            let count = Int(Environment.value(ParentVariables.listenCount, or: "")), count > 0
        else { return [] }
        return (0..<min(count, givenMax)).map { Int32(3 + $0) }
    }

    /// Nil if another kernel or parent has the socket, or the folder is not fit for it.
    private static func lock(_ order: ParentOrder) -> FileLock? {
        for folder in order.privateFolders {
            guard (try? ConfigurationFiles.ensurePrivateFolder(folder)) != nil else { return nil }
        }
        return try? FileLock(order.socket + ".lock")
    }

    /// Nil if somebody else listens there.
    private static func make(_ order: ParentOrder) -> FileDescriptor? {
        do throws(SystemError) {
            return try UnixSocket.listen(at: order.socket)
        } catch {
            guard error.isAddressInUse, isStale(order.socket) else { return nil }
        }
        Files.removeIfPresent(order.socket)
        return try? UnixSocket.listen(at: order.socket)
    }

    /// It is a socket, and nobody listens there any more.
    private static func isStale(_ path: String) -> Bool {
        guard (try? Files.status(path))?.kind == .socket else { return false }
        do throws(SystemError) {
            _ = try UnixSocket.connect(to: path)
            return false
        } catch {
            return error.isRefused
        }
    }

    /// At the end, if the path is still this socket's.
    func remove() {
        guard let path, let status, let now = try? Files.status(path), now.isSameFile(as: status)
        else { return }
        Files.removeIfPresent(path)
    }
}
