/// How much one module may use: what its workers are held to and ended for.
package struct ResourceLimits: Sendable, Hashable {
    /// Of one process.
    package var memoryBytes: UInt64 = 1 << 30
    /// What all workers of the module may write to files within an hour, and the most of one file.
    package var diskBytes: UInt64 = 1 << 30
    /// Of one process.
    package var threads: UInt64 = 512
    /// Of one process: 64, or twice that, and so on.
    package var descriptors: UInt64 = 256

    package init() {}

    /// Beyond it the system opens no more files, whatever happens between two looks: a process that
    /// takes more than it may is to be ended with a reason, and not to fail at everything.
    var descriptorsAtMost: UInt64 { descriptors * 2 }

    /// Beyond it the system gives no more memory, whatever happens between two looks at what is in
    /// use. Stacks count with their whole size, 8 MiB for each thread, used or not.
    var dataBytes: UInt64 { memoryBytes + 1 << 30 }
}
