/// The table `[local]`: models that the kernel runs itself.
package struct LocalSettings: SettingsTable {
    package var server: ConfiguredPath?
    package var memoryMegabytes: Int?
    package var idleMinutes = 15
    package var loadSeconds = 300
    package var adoptsRunning = true

    package static let header = "local"
    package static let about = "Models that the kernel runs itself, with llama-server."
    package static let isInEnvironment = true

    package static let keys: [KeyOf<LocalSettings>] = [
        KeyOf(
            "server", \.server, sample: "/usr/local/bin/llama-server",
            "The program. Without it, the one that `kernel setup` got, else the one on PATH."),
        KeyOf(
            "memory_mb", \.memoryMegabytes, IntegerLimits(64...16_777_216, "MB"), sample: 16_384,
            "How much memory all of them may use together; those that were idle longest make room. "
                + "Without it, half of the machine's."),
        KeyOf(
            "idle_minutes", \.idleMinutes, IntegerLimits(0...10_080, "minutes"),
            "How long a model stays loaded that nobody asks. 0: for ever."),
        KeyOf(
            "load_seconds", \.loadSeconds, IntegerLimits(5...3_600, "seconds"),
            "How long a model may take to load."),
        KeyOf(
            "adopt", \.adoptsRunning,
            "Whether a llama-server that already runs with the file, on the model's port or on "
                + "8080, is used instead of another one."),
    ]

    package init() {}
}
