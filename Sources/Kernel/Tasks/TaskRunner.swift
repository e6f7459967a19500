package import KernelBase
package import KernelHosting
package import KernelStore

/// What the engine needs of whoever carries calls out.
package protocol TaskRunner: Sendable {
    /// Who would run this task now.
    func look(_ name: String) -> TaskTarget
    /// What is wrong with the arguments, as far as it is known before the call.
    func problem(_ name: String, _ arguments: Payload) -> String?
    /// Begins a call on a thread of its own, and never on this one. The answer is its number.
    func begin(_ run: TaskRun, _ listener: any CallListener) -> UInt64
    /// False if the call is not known: it has not begun yet, or has ended.
    func cancel(_ call: UInt64) -> Bool
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

/// Whether there is somebody who runs a task, and how.
package enum TaskTarget: Sendable, Hashable {
    case ready(mode: RunMode, build: String, isIdempotent: Bool)
    /// The module is known, or was, but takes no calls now; a sentence says why.
    case absent(String)
    /// Nobody has such a task; a sentence says so.
    case unknown(String)
}
