package import KernelConfig
package import KernelSystem
package import KernelWire
import Synchronization

/// Makes this process the one kernel of a state folder, and the one that clients reach: holds the
/// lock, says in it how it is found, and has the socket.
package final class KernelPlace: Sendable {
    package let record: KernelRecord
    private let lock: FileLock
    private let socketLock: FileLock?
    private let listener: Mutex<FileDescriptor?>

    /// Why this process cannot be the kernel: what to do is said with it.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
        /// Another kernel has the state folder.
        package var isRunning = false
    }

    /// Commands that work without a kernel are over soon.
    private static let commandsSeconds = 10.0
    /// A command that only looks whether there is a kernel is over at once.
    private static let patienceNanoseconds: UInt64 = 300_000_000
    private static let retryNanoseconds: UInt64 = 20_000_000
    /// A kernel that has just taken the lock needs a moment to say who it is.
    private static let recordTries = 25

    /// `inherited` is a socket that somebody else listens at for this kernel. `waiting` is called
    /// if commands have to come to an end first.
    package init(
        _ paths: Paths, version: String, inherited: Int32?,
        waiting: () -> Void = {}
    ) throws(Failure) {
        let path = Path.join(paths.stateFolder, KernelRecord.fileName)
        lock = try Self.lock(path, paths, waiting)
        let socket: String
        if let inherited {
            socketLock = nil
            listener = Mutex(try Self.take(inherited))
            socket = UnixSocket.path(of: inherited) ?? paths.socket
        } else {
            socketLock = try Self.lockSocket(paths)
            listener = Mutex(try Self.listen(paths.socket))
            socket = paths.socket
        }
        record = KernelRecord(
            process: ProcessFacts.id, socket: socket,
            startedSeconds: SystemClock.wallNanoseconds / 1_000_000_000, version: version)
        do {
            try lock.write(record.bytes)
        } catch {
            throw Failure(description: "\(error); clients could not find this kernel")
        }
    }

    /// The socket, once.
    package func takeListener() -> FileDescriptor? { listener.withLock { $0.take() } }

    /// Takes away what clients find the kernel by. The lock is held until the process ends.
    package func leave() {
        try? lock.write([])
        // An inherited socket goes on: whoever listens there starts the next kernel.
        if socketLock != nil { Files.removeIfPresent(record.socket) }
    }

    // MARK: - The lock

    private static func lock(
        _ path: String, _ paths: Paths, _ waiting: () -> Void
    ) throws(Failure) -> FileLock {
        let deadline = SystemClock.monotonicNanoseconds + UInt64(commandsSeconds * 1e9)
        let toldNanoseconds = SystemClock.monotonicNanoseconds + patienceNanoseconds
        var isTold = false
        while true {
            do throws(FileLock.Failure) {
                return try FileLock(path)
            } catch {
                if case .system(let reason) = error { throw Failure(description: "\(reason)") }
            }
            // Commands share the lock, a kernel does not.
            guard (try? FileLock(path, .shared)) != nil else { throw isRunning(path, paths) }
            guard SystemClock.monotonicNanoseconds < deadline else {
                throw Failure(
                    description: "commands that were started before this kernel are still at work "
                        + "on \(paths.stateFolder) (fuser \(path) lists them): wait for their end, "
                        + "or end them")
            }
            if !isTold && SystemClock.monotonicNanoseconds > toldNanoseconds {
                isTold = true
                waiting()
            }
            SystemThread.sleep(nanoseconds: retryNanoseconds)
        }
    }

    private static func isRunning(_ path: String, _ paths: Paths) -> Failure {
        let folder = paths.stateFolder
        for _ in 0..<recordTries {
            if let bytes = try? Files.read(path, bytesMax: KernelRecord.bytesMax),
                let record = KernelRecord(bytes: bytes)
            {
                let since = SystemClock.localTime(ofSeconds: record.startedSeconds)
                return Failure(
                    description: "another kernel is running on \(folder): process "
                        + "\(record.process), since \(since), at \(record.socket). Commands reach "
                        + "it by themselves; to start another, end that one first (kill "
                        + "\(record.process)), or set XDG_STATE_HOME to another folder",
                    isRunning: true)
            }
            SystemThread.sleep(nanoseconds: retryNanoseconds)
        }
        return Failure(
            description: "another kernel is running on \(folder), and has not said which: "
                + "fuser \(path) lists it. End it first, or set XDG_STATE_HOME to another folder",
            isRunning: true)
    }

    // MARK: - The socket

    private static func take(_ inherited: Int32) throws(Failure) -> FileDescriptor {
        guard UnixSocket.isListening(inherited) else {
            throw Failure(
                description: "LISTEN_FDS says that descriptor \(inherited) is a socket to take "
                    + "clients from, but it is no Unix stream socket that listens "
                    + "(ListenStream= of a .socket unit makes one)")
        }
        return FileDescriptor(owning: inherited)
    }

    /// Kernels with state folders of their own may still share a folder for sockets.
    private static func lockSocket(_ paths: Paths) throws(Failure) -> FileLock {
        do throws(FileLock.Failure) {
            return try FileLock(paths.socket + ".lock")
        } catch {
            switch error {
            case .held: throw isTaken(paths.socket)
            case .system(let reason): throw Failure(description: "\(reason)")
            }
        }
    }

    private static func isTaken(_ socket: String) -> Failure {
        Failure(
            description: "somebody else takes clients at \(socket), such as a kernel with another "
                + "state folder: end that first, or set XDG_RUNTIME_DIR to another folder")
    }

    /// What a kernel that is dead has left behind is in nobody's way.
    private static func listen(_ path: String) throws(Failure) -> FileDescriptor {
        if (try? UnixSocket.connect(to: path)) != nil { throw isTaken(path) }
        do {
            if let status = try Files.statusIfPresent(path) {
                guard status.kind == .socket else {
                    throw Failure(
                        description: "\(path) is in the way, and no socket: move it elsewhere")
                }
                try Files.remove(path)
            }
            return try UnixSocket.listen(at: path)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(description: "\(error): set XDG_RUNTIME_DIR to a folder of yours")
        }
    }
}
