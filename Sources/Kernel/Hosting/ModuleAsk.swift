package import KernelBase

/// What a module asks another one for, or gives to a service of the host.
package struct ModuleAsk: Sendable, Hashable {
    /// Never used twice by one asker.
    package var id: UInt64
    /// The module's own call that it is part of, or 0.
    package var call: UInt64
    /// The interface as the manifest requires it, a dot, and the task: `storage.put`. Of an errand
    /// the service: `http`.
    package var task: String
    package var kind: PayloadKind
    package var arguments: [UInt8]
    /// On the monotonic clock; 0 means none.
    package var deadlineNanoseconds: UInt64
    /// Nil for a task of another module.
    package var errand: ErrandPart?

    package init(
        id: UInt64, call: UInt64, task: String, kind: PayloadKind, arguments: [UInt8],
        deadlineNanoseconds: UInt64
    ) {
        self.id = id
        self.call = call
        self.task = task
        self.kind = kind
        self.arguments = arguments
        self.deadlineNanoseconds = deadlineNanoseconds
    }
}

/// What an errand has besides.
package struct ErrandPart: Sendable, Hashable {
    package var body: [UInt8]
    /// How many bytes of news may come at first.
    package var creditBytes: UInt64

    package init(body: [UInt8] = [], creditBytes: UInt64 = 0) {
        self.body = body
        self.creditBytes = creditBytes
    }
}

/// Has tasks of other modules done for one module, and errands. The kernel and the workers each
/// bring their own.
package protocol ModuleAsker: Sendable {
    /// An id for a request that is about to be made; 0 once there is nobody to ask any more.
    func newID() -> UInt64

    /// Begins a request; waits for nothing. The listener hears of its end exactly once, perhaps
    /// before this returns.
    func ask(_ ask: ModuleAsk, _ listener: any CallListener)

    /// Asks a request to end soon; nothing happens if it has ended.
    func cancel(_ id: UInt64)

    /// Whoever gave the errand has room for so many bytes of news more.
    func credit(_ id: UInt64, bytes: UInt64)

    /// Runs a job that tells a module of a reply, on a thread that no call waits on.
    func deliver(_ job: @escaping @Sendable () -> Void)
}
