/// The table `[log]`.
package struct LogSettings: SettingsTable {
    package var level = LogThreshold.info
    package var modules: [String: LogThreshold] = [:]
    package var file: ConfiguredPath?

    package static let header = "log"
    package static let about = "What is written to the log, and where."
    package static let isInEnvironment = true

    package static let keys: [KeyOf<LogSettings>] = [
        KeyOf("level", \.level, "The least important lines that are still written."),
        KeyOf(
            "modules", \.modules, sample: ["fs": .debug],
            "Another level for single modules."),
        KeyOf(
            "file", \.file, sample: "~/kernel.log",
            "A file to append the log to. Without it, the last lines are kept for /log."),
    ]

    package init() {}

    package func level(ofModule id: String) -> LogThreshold {
        modules[id] ?? level
    }
}

/// The least important lines that a log keeps, from most to fewest.
package enum LogThreshold: String, KeyChoice {
    case debug, info, warning, error
}
