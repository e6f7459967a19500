import CSQLite

/// A compiled statement, freed exactly once: when it is let go of.
@safe package struct Statement: ~Copyable {
    private let handle: OpaquePointer
    private let path: String
    package let text: String

    package init(
        _ text: String, in connection: borrowing Connection, isKept: Bool = false
    ) throws(DatabaseError) {
        var prepared: OpaquePointer?
        let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let code = unsafe sqlite3_prepare_v3(connection.handle, text, -1, flags, &prepared, nil)
        guard code == SQLITE_OK else { throw connection.error(code, text) }
        guard let prepared = unsafe prepared else {
            preconditionFailure("a statement with nothing in it")
        }
        unsafe handle = prepared
        path = connection.path
        self.text = text
    }

    deinit {
        unsafe sqlite3_finalize(handle)
    }

    /// Fills all places, in their order.
    package func bind(_ values: [SQLValue]) throws(DatabaseError) {
        let places = unsafe Int(sqlite3_bind_parameter_count(handle))
        precondition(values.count == places, "\(values.count) values for \(places) places: \(text)")
        for (index, value) in values.enumerated() {
            try bind(value, at: Int32(index + 1))
        }
    }

    /// Fills one place; the first one is 1.
    package func bind(_ value: SQLValue, at place: Int32) throws(DatabaseError) {
        let code =
            switch value {
            case .null: unsafe sqlite3_bind_null(handle, place)
            case .integer(let integer): unsafe sqlite3_bind_int64(handle, place, integer)
            case .number(let number): unsafe sqlite3_bind_double(handle, place, number)
            case .text(var text):
                text.withUTF8 { bytes in
                    unsafe bytes.withMemoryRebound(to: CChar.self) {
                        // Without an address SQLite would bind null.
                        guard let start = $0.baseAddress else {
                            return unsafe sqlite_bind_text(handle, place, "", 0)
                        }
                        return unsafe sqlite_bind_text(handle, place, start, UInt64($0.count))
                    }
                }
            case .bytes(let bytes):
                unsafe bytes.withUnsafeBytes {
                    unsafe $0.isEmpty
                        ? sqlite3_bind_zeroblob(handle, place, 0)
                        : sqlite_bind_bytes(handle, place, $0.baseAddress, UInt64($0.count))
                }
            }
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Goes to the next row; false if there is none.
    package func step() throws(DatabaseError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw error(code)
        }
    }

    /// Back to before the first row, with empty places: large values are not kept.
    package func reset() {
        // The answer is the error of the last step, which was told then.
        _ = unsafe sqlite3_reset(handle)
        _ = unsafe sqlite3_clear_bindings(handle)
    }

    /// The row that the last step went to.
    package var row: Row { unsafe Row(handle) }

    private func error(_ code: Int32) -> DatabaseError {
        guard let connection = unsafe sqlite3_db_handle(handle) else {
            return DatabaseError(.failed, path: path, detail: "error \(code)", code: code)
        }
        return unsafe Connection.error(code, connection, path, text)
    }
}
