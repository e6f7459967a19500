import CSQLite

extension Connection {
    package enum CheckpointMode: Sendable, Hashable {
        /// Copies what no reader needs the old state of, and waits for nobody.
        case passive
        /// Copies everything and waits until the log can begin anew.
        case restart

        fileprivate var number: Int32 {
            switch self {
            case .passive: SQLITE_CHECKPOINT_PASSIVE
            case .restart: SQLITE_CHECKPOINT_RESTART
            }
        }
    }

    /// Does as much as readers allow. What is left stays in the log, where it is safe.
    package func checkpoint(_ mode: CheckpointMode) throws(DatabaseError) {
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, mode.number, nil, nil)
        guard code == SQLITE_OK || code & 0xff == SQLITE_BUSY else { throw error(code) }
    }

    /// From now on `logPages` is known.
    func watchLog() {
        let pages = unsafe Unmanaged.passUnretained(log).toOpaque()
        _ = unsafe sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                if let context = unsafe context {
                    unsafe Unmanaged<Log>.fromOpaque(context).takeUnretainedValue().pages = Int(
                        pages)
                }
                return SQLITE_OK
            }, pages)
    }

    /// How long the log was after the last commit of this connection.
    var logPages: Int { log.pages }

    final class Log {
        fileprivate(set) var pages = 0
    }
}
