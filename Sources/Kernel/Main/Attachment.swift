import KernelClient
import KernelCommands
import KernelConfig
import KernelSystem
import KernelWire

/// How a command comes to a kernel: to the one that runs, or to one of its own, which may work on
/// the state folder as long as no kernel does.
enum Attachment: ~Copyable {
    case attached(SocketTransport)
    case alone(FileLock)

    static func find(_ startup: Startup) throws -> Attachment {
        let finder = startup.finder
        while true {
            if let transport = try finder.find() { return .attached(transport) }
            try startup.prepareFolders()
            do throws(FileLock.Failure) {
                return .alone(try FileLock(finder.lockFile, .shared))
            } catch {
                // Held means that a kernel has started meanwhile.
                if case .system(let reason) = error {
                    throw Startup.Failure(description: "\(reason)")
                }
            }
        }
    }
}

/// A client in this process of a kernel in another.
enum AttachedClient {
    /// Runs it here, until it is done. Returns its exit status.
    static func run(
        onSignal: @escaping @Sendable (Signals.Signal) -> Void, _ client: () -> Int32
    ) throws -> Int32 {
        let ending = Ending()
        try Signals.listen { signal in
            if signal == .terminate || signal == .hangUp { ending.begin() }
            onSignal(signal)
        }
        return client()
    }
}
