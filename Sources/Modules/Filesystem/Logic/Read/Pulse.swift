/// What long work hears from and says to whoever asked for it.
struct Pulse: Sendable {
    let isCancelled: @Sendable () -> Bool
    let progress: @Sendable (String) -> Void
    /// False if no more is taken.
    let output: @Sendable (String) -> Bool
    /// On the monotonic clock; nil if there is none.
    let deadlineNanoseconds: UInt64?

    init(
        isCancelled: @escaping @Sendable () -> Bool = { false },
        progress: @escaping @Sendable (String) -> Void = { _ in },
        output: @escaping @Sendable (String) -> Bool = { _ in true },
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
