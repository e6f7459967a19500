/// One line of the log, with whose it is.
package struct LogLine: Sendable, Hashable {
    package let module: String
    package let level: LogLevel
    /// The call that it belongs to, or 0.
    package let call: UInt64
    package let text: String

    package init(module: String, level: LogLevel, call: UInt64 = 0, text: String) {
        self.module = module
        self.level = level
        self.call = call
        self.text = text
    }
}
