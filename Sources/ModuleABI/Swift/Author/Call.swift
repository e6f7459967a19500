/// The call that a task works on.
public struct Call: Sendable {
    let run: CallRun

    /// Never used twice in one process, never 0.
    public var id: UInt64 { run.id }

    /// Where the call runs, which the configuration may have changed.
    public var mode: Mode { run.mode }

    /// When the call will be cancelled; nil means never.
    public var deadline: SuspendingClock.Instant? { run.deadline }

    /// Whether the call was asked to end. The Swift task is cancelled too, so that `Task.sleep`
    /// and its like end by themselves.
    public var isCancelled: Bool { run.isCancelled }

    /// Throws `CancellationError` if the call was asked to end.
    public func checkCancellation() throws {
        if isCancelled { throw CancellationError() }
    }

    /// Says how far the call has come: `fraction` from 0 to 1, or nil if it cannot be known.
    public func progress(_ fraction: Double?, _ note: String = "") {
        run.progress(fraction, note)
    }

    /// Delivers part of the text before the end; it is not repeated in the result. Throws if the
    /// host takes no more.
    public func output(_ text: String) throws {
        try run.output(text)
    }

    /// Writes one line to the log under the module's name, belonging to this call.
    public func log(_ level: LogLevel, _ text: String) {
        run.log(level, text)
    }
}
