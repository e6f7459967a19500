/// The table `[modules.<id>.tasks.<task>]`: what the user sets over the module's manifest.
package struct TaskSettings: SettingsTable {
    package var mode: TaskMode?
    package var timeoutSeconds: Int?

    package static let header = "modules.<id>.tasks.<task>"
    package static let about = "Overrides what the module says about one of its tasks."
    package static let isInEnvironment = false

    package static let keys: [KeyOf<TaskSettings>] = [
        KeyOf(
            "mode", \.mode, sample: .process,
            "Where the task runs: on the main thread, on a thread, or in a worker process. "
                + "Without it, as the module says."),
        KeyOf(
            "timeout", \.timeoutSeconds, IntegerLimits(1...86_400, "seconds"), sample: 120,
            "How long a call may take. Without it, as the module says."),
    ]

    package init() {}
}

package enum TaskMode: String, KeyChoice {
    case main, thread, process
}
