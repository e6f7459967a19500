import KernelSystem
package import KernelWire
import ModuleJSON

/// Finds the kernel of a state folder, if one is running, and makes connections to it.
package struct KernelFinder: Sendable {
    private let stateFolder: String
    /// Where a kernel listens that has not said otherwise.
    private let standardSocket: String

    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// A kernel that starts, or that is being restarted, is waited for.
    private static let patienceNanoseconds: UInt64 = 5_000_000_000
    private static let retryNanoseconds: UInt64 = 10_000_000

    package init(stateFolder: String, socket: String) {
        self.stateFolder = stateFolder
        standardSocket = socket
    }

    package var lockFile: String { Path.join(stateFolder, KernelRecord.fileName) }

    /// What the kernel that is running, or was last, says of itself.
    package var record: KernelRecord? {
        (try? Files.read(lockFile, bytesMax: KernelRecord.bytesMax)).flatMap {
            KernelRecord(bytes: $0)
        }
    }

    /// A connection to the kernel that runs; nil if none does.
    package func find() throws(Failure) -> SocketTransport? {
        let deadline = SystemClock.monotonicNanoseconds + Self.patienceNanoseconds
        while true {
            let isRunning = isRunning
            if let transport = try connect(isCertain: isRunning) { return transport }
            guard isRunning else { return nil }
            guard SystemClock.monotonicNanoseconds < deadline else { throw deaf }
            SystemThread.sleep(nanoseconds: Self.retryNanoseconds)
        }
    }

    /// Does a kernel hold the state folder? Commands share its lock.
    package var isRunning: Bool {
        guard Files.exists(lockFile) else { return false }
        do throws(FileLock.Failure) {
            _ = try FileLock(lockFile, .shared)
            return false
        } catch {
            if case .held = error { return true }
            return false
        }
    }

    /// At once, or not at all. Whoever listens while no kernel holds the state folder is asked
    /// first whether its kernel will be the one of this state folder.
    package func connect(isCertain: Bool = true) throws(Failure) -> SocketTransport? {
        var sockets = [standardSocket]
        if let socket = record?.socket, socket != standardSocket { sockets.insert(socket, at: 0) }
        for socket in sockets {
            guard let transport = try transport(socket) else { continue }
            if isCertain { return transport }
            transport.close()
            if try isOurs(socket) { return try self.transport(socket) }
        }
        return nil
    }

    private func transport(_ socket: String) throws(Failure) -> SocketTransport? {
        guard let connection = try? UnixSocket.connect(to: socket),
            let peer = try? UnixSocket.peer(of: connection)
        else { return nil }
        guard peer.user == ProcessFacts.user else {
            throw Failure(
                description: "whoever listens at \(socket) is user \(peer.user), not you: set "
                    + "XDG_RUNTIME_DIR to a folder of yours")
        }
        do {
            return try SocketTransport(connection)
        } catch {
            throw Failure(description: "\(error)")
        }
    }

    /// A parent, or systemd, listens while there is no kernel yet; else it is one with another
    /// state folder.
    private func isOurs(_ socket: String) throws(Failure) -> Bool {
        guard let transport = try transport(socket) else { return false }
        defer { transport.close() }
        let answer = Condition<Bool?>(nil)
        transport.start(
            receive: { message in
                switch message {
                case .reply: answer.withLock { $0 = true }
                case .failure: answer.withLock { $0 = false }
                case .request, .notification: return
                }
                answer.broadcast()
            },
            closed: {
                answer.withLock { $0 = $0 ?? false }
                answer.broadcast()
            })
        let introduction = Introduction(client: "finder", stateFolder: stateFolder)
        let params = (try? JSON.encode(introduction)) ?? [:]
        transport.send(.request(id: 1, method: Introduction.method, params: params))
        let deadline = SystemClock.monotonicNanoseconds + Self.patienceNanoseconds
        guard let isOurs = answer.wait(untilNanoseconds: deadline, { $0 }) else { throw deaf }
        return isOurs
    }

    private var deaf: Failure {
        guard let record else {
            return Failure(
                description: "the kernel of \(stateFolder) does not answer at \(standardSocket)")
        }
        let since = SystemClock.localTime(ofSeconds: record.startedSeconds)
        return Failure(
            description: "the kernel of \(stateFolder) (process \(record.process), since \(since)) "
                + "does not answer at \(record.socket)")
    }
}
