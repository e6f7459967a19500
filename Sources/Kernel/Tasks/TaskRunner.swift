package import KernelCalls
package import KernelHosting
package import KernelStore

/// What the engine needs of whoever carries calls out.
package protocol TaskRunner: Sendable {
    /// Who would run this task now.
    func look(_ name: String) -> Dispatcher.Target
    /// Begins a call on a thread of its own, and never on this one. The answer is its number, by
    /// which it can be cancelled from now on.
    func begin(_ run: TaskRun, _ listener: any TaskListener) -> UInt64
    /// Asks the call to end; one that has ended stays as it is.
    func cancel(_ call: UInt64)
}

/// Hears what becomes of a call.
package protocol TaskListener: CallListener {
    /// Where and by which build it is run, before it is.
    func callSettled(_ ran: AttemptEnd.Ran)
}

/// A call that the engine wants made.
package struct TaskRun: Sendable, Hashable {
    package var task: TaskID
    package var name: String
    package var arguments: Payload
    /// Nil: as the module says.
    package var timeoutSeconds: Double?
    /// Until the deadline; nil if there is none.
    package var secondsLeft: Double?

    package init(
        task: TaskID, name: String, arguments: Payload, timeoutSeconds: Double?,
        secondsLeft: Double?
    ) {
        self.secondsLeft = secondsLeft
        self.task = task
        self.name = name
        self.arguments = arguments
        self.timeoutSeconds = timeoutSeconds
    }
}
