import Synchronization

/// The exit status, set by the thread that knows it.
final class ExitBox: Sendable {
    private let status = Atomic<Int32>(0)

    var value: Int32 { status.load(ordering: .sequentiallyConsistent) }

    func set(_ value: Int32) {
        status.store(value, ordering: .sequentiallyConsistent)
    }
}
