import CSQLite

extension Connection {
    /// From now on full-text tables can be used that are cut into words as `kernel_words` does.
    ///
    /// `occurrences(table)` is how often the words that are looked for stand in a row: unlike
    /// `bm25` it asks about no other row. Without FTS5 the answer is SQLite's for a function that
    /// is not there.
    static func addWords(to handle: OpaquePointer) -> Int32 {
        guard let functions = unsafe sqlite_text_search(handle) else { return SQLITE_ERROR }
        let code = unsafe WordSplitter.register(with: functions)
        guard code == SQLITE_OK else { return code }
        return unsafe functions.pointee.xCreateFunction(
            functions, "occurrences", nil,
            { functions, row, answer, _, _ in
                var count: Int32 = 0
                _ = unsafe functions?.pointee.xInstCount(row, &count)
                unsafe sqlite3_result_int(answer, count)
            }, nil)
    }
}
