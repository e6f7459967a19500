/// `kernel.event`: something that every client shows.
package struct KernelNews: Codable, Sendable, Hashable {
    package static let method = "kernel.event"

    /// `loaded`, `reloaded`, `refused`, `returned`, `retired`, `shadowed`, `building`, `built`,
    /// `build failed`, `configuration`, `crashed`, `warning`, `unwell`, `well`
    package var event: String
    package var module: String?
    /// One line for a person.
    package var text: String
    /// More lines, such as a compiler's errors.
    package var details: [String]
    /// `info`, `success`, `warning` or `error`
    package var tone: String

    /// All of it on one line.
    package var sentence: String { ([text] + details).joined(separator: " ") }

    package init(
        event: String, module: String? = nil, text: String, details: [String] = [], tone: String
    ) {
        self.event = event
        self.module = module
        self.text = text
        self.details = details
        self.tone = tone
    }
}

/// One line of the log: `log.line`, and what `log.recent` lists.
package struct LogEntry: Codable, Sendable, Hashable {
    package static let method = "log.line"

    package var time: String
    package var level: String
    package var module: String
    package var call: UInt64?
    package var text: String

    package init(time: String, level: String, module: String, call: UInt64?, text: String) {
        self.time = time
        self.level = level
        self.module = module
        self.call = call
        self.text = text
    }
}

/// The reply to `initialize`, which is a client's first request.
package struct Welcome: Codable, Sendable, Hashable {
    package static let method = "initialize"
    package static let protocolVersion: Int64 = 1

    package var protocolVersion: Int64
    package var kernelVersion: String
    package var process: Int32
    package var isDevelopment: Bool
    package var configurationFile: String
    /// Whether the configuration file is there.
    package var hasConfiguration: Bool
    package var modules: [ModuleDescription]
    /// What is missing or went wrong before, each with what to do.
    package var notices: [String]
    /// What happened before this client came, and is to be shown in full.
    package var news: [KernelNews]?
    /// Only the bundled modules are there; nil means no.
    package var isSafeMode: Bool?

    package init(
        kernelVersion: String, process: Int32, isDevelopment: Bool, configurationFile: String,
        hasConfiguration: Bool, modules: [ModuleDescription], notices: [String]
    ) {
        protocolVersion = Self.protocolVersion
        self.kernelVersion = kernelVersion
        self.process = process
        self.isDevelopment = isDevelopment
        self.configurationFile = configurationFile
        self.hasConfiguration = hasConfiguration
        self.modules = modules
        self.notices = notices
    }
}

/// The methods that take no parameters, or just an id.
package enum WireMethod {
    package static let listModules = "module.list"
    /// `{"id": "fs"}`
    package static let reloadModule = "module.reload"
    package static let listTasks = "task.list"
    package static let showConfiguration = "config.show"
    /// `{"count": 20}`; replies a list of `LogEntry`.
    package static let recentLog = "log.recent"
}
