/// Swift's strings as C wants them, for the time of one call.
enum CStrings {
    /// A list that ends with NULL.
    @unsafe static func withPointers<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let bytes = strings.map { Array($0.utf8CString) }
        let copies = unsafe bytes.map { line in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: line.count)
            unsafe copy.initialize(from: line, count: line.count)
            return unsafe copy
        }
        defer { unsafe copies.forEach { unsafe $0.deallocate() } }
        let list: [UnsafePointer<CChar>?] = unsafe copies.map { unsafe UnsafePointer($0) } + [nil]
        return unsafe list.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else {
                preconditionFailure("a list with an end is not empty")
            }
            return unsafe body(start)
        }
    }

    @unsafe static func withOptional<Result>(
        _ string: String?, _ body: (UnsafePointer<CChar>?) -> Result
    ) -> Result {
        guard let string else { return body(nil) }
        return unsafe string.withCString { unsafe body($0) }
    }
}
