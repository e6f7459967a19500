/// `kernel.event`: something that every client shows.
package struct KernelNews: Codable, Sendable, Hashable {
    package static let method = "kernel.event"

    /// `loaded`, `reloaded`, `refused`, `returned`, `retired`, `resumed`, `ended`, `shadowed`,
    /// `unchanged`, `building`, `built`, `build failed`, `configuration`, `task`, `crashed`,
    /// `warning`, `unwell`, `well`, `lost`, `ending`, `model`
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
