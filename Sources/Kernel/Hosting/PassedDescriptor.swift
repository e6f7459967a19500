package import KernelSystem
import Synchronization

/// A descriptor on its way to a module, which closes it. Closed with this value if it never gets
/// there.
package final class PassedDescriptor: Sendable {
    private let number: Atomic<Int32>

    private static let none: Int32 = -1

    package init(_ descriptor: consuming FileDescriptor) {
        number = Atomic(descriptor.release())
    }

    deinit {
        _ = take()
    }

    /// For the time of one system call; nil once it was taken.
    package var raw: Int32? {
        let number = number.load(ordering: .acquiring)
        return number == Self.none ? nil : number
    }

    /// Nil for all but the first.
    package func take() -> FileDescriptor? {
        let number = number.exchange(Self.none, ordering: .acquiringAndReleasing)
        return number == Self.none ? nil : FileDescriptor(owning: number)
    }
}
