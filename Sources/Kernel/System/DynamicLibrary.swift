import CInotify
import Glibc

/// A library that was mapped into this process, for ever: the Swift runtime keeps pointers into
/// every image that it has seen, so that there is no way to close one.
@safe package struct DynamicLibrary: Sendable {
    // nonisolated(unsafe): an opaque handle; dlsym is safe from any thread.
    nonisolated(unsafe) private let handle: UnsafeMutableRawPointer
    package let path: String

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Maps the file at `path`, with every symbol bound now and none visible to others.
    package init(opening path: String) throws(Failure) {
        guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL | Self.noDelete) else {
            throw Failure(description: Self.lastError)
        }
        unsafe self.handle = unsafe handle
        self.path = path
    }

    /// RTLD_NODELETE, which Glibc's overlay hides behind _GNU_SOURCE.
    private static let noDelete: Int32 = 0x1000

    /// The address of a symbol, or nil if the library does not have it.
    @unsafe package func address(of symbol: String) -> UnsafeMutableRawPointer? {
        unsafe dlsym(handle, symbol)
    }

    /// Puts the pages that are only read since addresses were written on them into a file, at a
    /// place that is a multiple of a page's size. Returns how many bytes they take there; what
    /// cannot be put there stays in memory.
    package func settle(in file: borrowing FileDescriptor, at place: Int) -> Int {
        max(0, unsafe linux_settle_relocated(handle, file.raw, place))
    }

    private static var lastError: String {
        unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown error"
    }
}
