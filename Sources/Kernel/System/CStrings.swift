import Glibc

/// An array of C strings with a null at its end, freed with this value.
@safe package final class CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    package init(_ strings: [String]) {
        count = strings.count
        unsafe pointers = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() {
            unsafe (pointers + index).initialize(to: strdup(string))
        }
        unsafe (pointers + strings.count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }

    /// For a function that keeps no pointer.
    @unsafe package func withPointers<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        withExtendedLifetime(self) {
            unsafe pointers.withMemoryRebound(
                to: UnsafePointer<CChar>?.self, capacity: count + 1
            ) { unsafe body($0) }
        }
    }

    @unsafe package static func withOptional<Result>(
        _ string: String?, _ body: (UnsafePointer<CChar>?) -> Result
    ) -> Result {
        guard let string else { return body(nil) }
        return unsafe string.withCString { unsafe body($0) }
    }
}
