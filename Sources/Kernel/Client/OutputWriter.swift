import KernelSystem
import Synchronization

/// Writes what was asked for, and remembers whether all of it arrived.
package final class OutputWriter: Sendable {
    package let descriptor: Int32
    private let firstError = Mutex<SystemError?>(nil)

    package init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// A reader of ours that has gone away is no reason to stop working; a full disk is told at
    /// the end.
    package func write(_ bytes: [UInt8]) {
        do throws(SystemError) {
            try TerminalDevice.write(bytes, to: descriptor)
        } catch {
            if !error.isPeerGone { firstError.withLock { $0 = $0 ?? error } }
        }
    }

    /// What is to be said at the end; nil if nothing is lost.
    package var problem: String? {
        firstError.withLock { $0 }.map { "the output is not whole: \($0.reason)" }
    }
}
