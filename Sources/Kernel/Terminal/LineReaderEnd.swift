package import KernelSystem

/// Why reading has ended.
package enum LineReaderEnd: Equatable, Sendable {
    case endOfInput
    /// `stop()` was called.
    case stopped
    case failed(SystemError)
}
