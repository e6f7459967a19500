/// What the kernel offers to an instance of a module. It may be kept and used from any thread.
public struct Host: Sendable {
    /// The id of the module.
    public let id: String
    let table: HostTable

    /// Writes one line to the log under the module's name.
    public func log(_ level: LogLevel, _ text: String) {
        table.log(level, call: 0, text)
    }
}

public enum LogLevel: UInt32, Sendable {
    case debug = 1
    case info = 2
    case warning = 3
    case error = 4
}
