/// What long work hears from and says to whoever asked for it.
struct Pulse: Sendable {
    let isCancelled: @Sendable () -> Bool
    let progress: @Sendable (String) -> Void
    let output: @Sendable (String) -> Void
    /// On the monotonic clock; nil if there is none.
    let deadlineNanoseconds: UInt64?

    init(
        isCancelled: @escaping @Sendable () -> Bool = { false },
        progress: @escaping @Sendable (String) -> Void = { _ in },
        output: @escaping @Sendable (String) -> Void = { _ in },
        deadlineNanoseconds: UInt64? = nil
    ) {
        self.isCancelled = isCancelled
        self.progress = progress
        self.output = output
        self.deadlineNanoseconds = deadlineNanoseconds
    }

    func check() throws(Fault) {
        if isCancelled() { throw Fault(.cancelled, "The call was cancelled.") }
    }
}
