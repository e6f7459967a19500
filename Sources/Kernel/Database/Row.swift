import CSQLite

/// One row of an answer, for as long as its statement stands on it. Columns count from 0.
@safe package struct Row: ~Copyable {
    private let statement: OpaquePointer

    init(_ statement: OpaquePointer) {
        unsafe self.statement = statement
    }

    package func isNull(_ column: Int) -> Bool {
        unsafe sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
    }

    package func integer(_ column: Int) -> Int64 {
        unsafe sqlite3_column_int64(statement, Int32(column))
    }

    package func number(_ column: Int) -> Double {
        unsafe sqlite3_column_double(statement, Int32(column))
    }

    /// What is not UTF-8 is repaired.
    package func text(_ column: Int) -> String {
        guard let text = unsafe sqlite3_column_text(statement, Int32(column)) else { return "" }
        let count = unsafe Int(sqlite3_column_bytes(statement, Int32(column)))
        return unsafe String(
            decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    package func bytes(_ column: Int) -> [UInt8] {
        guard let bytes = unsafe sqlite3_column_blob(statement, Int32(column)) else { return [] }
        let count = unsafe Int(sqlite3_column_bytes(statement, Int32(column)))
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    package func flag(_ column: Int) -> Bool { integer(column) != 0 }

    package func optionalInteger(_ column: Int) -> Int64? {
        isNull(column) ? nil : integer(column)
    }

    package func optionalNumber(_ column: Int) -> Double? {
        isNull(column) ? nil : number(column)
    }

    package func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
}
