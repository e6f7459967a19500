import CSQLite

/// An open database of SQLite, closed exactly once: when it is let go of. One thread at a time.
@safe package struct Connection: ~Copyable {
    let handle: OpaquePointer
    package let path: String
    /// What SQLite is given the address of lives as long as the connection.
    let log = Log()

    /// The file must be there: whoever makes it decides about its permissions.
    package init(opening path: String) throws(DatabaseError) {
        precondition(path.hasPrefix("/"), "SQLite takes other names for addresses of its own")
        _ = Self.library
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        var code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard let opened = unsafe opened else {
            throw DatabaseError(.failed, path: path, detail: "there is no memory left")
        }
        if code == SQLITE_OK { code = unsafe Self.addWords(to: opened) }
        guard code == SQLITE_OK else {
            let error = unsafe Self.error(code, opened, path)
            unsafe sqlite3_close_v2(opened)
            throw error
        }
        unsafe handle = opened
        self.path = path
        unsafe Self.harden(opened)
    }

    deinit {
        unsafe sqlite3_close_v2(handle)
    }

    private static let library: Void = {
        _ = sqlite_without_statistics()
    }()

    /// The file may come from anywhere: it must not be able to make this process do anything.
    private static func harden(_ handle: OpaquePointer) {
        _ = unsafe sqlite_set_option(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        _ = unsafe sqlite_set_option(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        _ = unsafe sqlite_set_option(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0)
        _ = unsafe sqlite_set_option(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0)
        _ = unsafe sqlite_set_option(handle, SQLITE_DBCONFIG_DQS_DDL, 0)
        _ = unsafe sqlite_set_option(handle, SQLITE_DBCONFIG_DQS_DML, 0)
        _ = unsafe sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
        _ = unsafe sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.valueBytesMax)
    }

    /// Of one text, one blob or one row.
    package static let valueBytesMax: Int32 = 64 << 20

    /// How long a lock of another process is waited for.
    package func setPatience(milliseconds: Int32) {
        _ = unsafe sqlite3_busy_timeout(handle, milliseconds)
    }

    /// Without it, closing the last connection copies the log into the file.
    package func setLeavesLogAtClose(_ on: Bool) {
        _ = unsafe sqlite_set_option(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 1 : 0)
    }

    /// Runs one statement or several that answer nothing.
    package func execute(_ script: String) throws(DatabaseError) {
        let code = unsafe sqlite3_exec(handle, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, script) }
    }

    package var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Ends what runs on this connection, from any thread.
    func interrupt() {
        unsafe sqlite3_interrupt(handle)
    }

    /// Rows that the last statement changed.
    var changes: Int { unsafe Int(sqlite3_changes64(handle)) }

    func error(_ code: Int32, _ statement: String? = nil) -> DatabaseError {
        unsafe Self.error(code, handle, path, statement)
    }

    static func error(
        _ code: Int32, _ handle: OpaquePointer, _ path: String, _ statement: String? = nil
    ) -> DatabaseError {
        let message = unsafe sqlite3_errmsg(handle).map { unsafe String(cString: $0) }
        let fromFile = code & 0xff == SQLITE_IOERR ? unsafe sqlite_last_errno(handle) : 0
        return DatabaseError(
            code: code, message: message ?? "error \(code)", path: path, statement: statement,
            systemCode: fromFile != 0 ? fromFile : unsafe sqlite3_system_errno(handle))
    }
}
