import KernelSystem

/// The right to make a `DirectoryWatcher`: there may be one in a process, and tests that need one
/// run at the same time. Given back with this object.
package final class WatcherTurn: Sendable {
    private static let isTaken = Condition(false)

    package init() {
        _ = Self.isTaken.wait { isTaken -> Bool? in
            guard !isTaken else { return nil }
            isTaken = true
            return true
        }
    }

    deinit {
        Self.isTaken.withLock { $0 = false }
        Self.isTaken.signal()
    }
}
