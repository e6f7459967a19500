/// How much one module may use: what its workers are held to and ended for.
package struct ResourceLimits: Sendable, Hashable {
    /// Of one process.
    package var memoryBytes: UInt64 = 1 << 30
    /// What all workers of the module may write to files within an hour.
    package var diskBytes: UInt64 = 1 << 30
    /// Of one process.
    package var threads: Int = 512
    package var descriptors: UInt64 = 256

    package init() {}

    /// Stacks are memory of its own too: 8 MiB for each of 64 threads, and as much for what is
    /// reserved and never used. Beyond it the system gives no more; before that the kernel sees
    /// how much is in use.
    var dataBytes: UInt64 { memoryBytes + 1 << 30 }
}
