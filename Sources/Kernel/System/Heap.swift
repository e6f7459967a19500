import CInotify
import Glibc

/// The memory of this process beyond what its values need.
package enum Heap {
    /// Has freed memory given back to the system soon. Left alone, the C library learns from the
    /// first large block that is freed (a module that was read) to keep as much for ever after.
    ///
    /// Call it before there is a second thread.
    package static func returnFreedMemory() {
        mallopt(M_MMAP_THRESHOLD, blockBytes)
        mallopt(M_TRIM_THRESHOLD, 2 * blockBytes)
    }

    /// A block of this size or more is the system's again as soon as it is freed.
    private static let blockBytes: Int32 = 256 << 10
}
