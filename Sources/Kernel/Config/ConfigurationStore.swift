/// Keeps the configuration in force while its file changes. A value without I/O: whoever watches
/// the file hands the new contents in, and acts on the answer.
package struct ConfigurationStore: Sendable {
    /// The last good configuration.
    package private(set) var current: Configuration
    /// Why the file as it is now is not in force; nil if it is.
    package private(set) var problems: ConfigurationProblems?
    private let source: ConfigurationSource

    package enum Outcome: Sendable {
        /// The file says what it said before.
        case unchanged
        /// The file was refused before, and says again what has been in force all the time.
        case recovered
        case changed(ConfigurationChange)
        /// The last good configuration stays in force.
        case refused(ConfigurationProblems)
    }

    /// At the start there is no last good configuration: a file that is wrong is an error. Nil
    /// bytes: there is no file.
    package init(
        source: ConfigurationSource, bytes: [UInt8]?
    ) throws(ConfigurationProblems) {
        self.source = source
        current = try source.read(bytes)
    }

    /// `check` says what else is wrong with a configuration: what modules' schemas refuse, and
    /// secrets that are missing. Nil bytes: the file is gone, which may be half of a replacement,
    /// so it changes nothing; an empty file is what brings the defaults back.
    package mutating func receive(
        _ bytes: [UInt8]?, check: (Configuration) -> [ConfigurationProblem] = { _ in [] }
    ) -> Outcome {
        let new: Configuration
        do throws(ConfigurationProblems) {
            new = try read(bytes)
            let problems = check(new)
            if !problems.isEmpty { throw ConfigurationProblems(problems) }
        } catch {
            problems = error
            return .refused(error)
        }
        let change = ConfigurationChange(from: current, to: new)
        let wasRefused = problems != nil
        problems = nil
        current = new
        if !change.isEmpty { return .changed(change) }
        return wasRefused ? .recovered : .unchanged
    }

    private func read(_ bytes: [UInt8]?) throws(ConfigurationProblems) -> Configuration {
        guard let bytes else {
            throw ConfigurationProblems([
                ConfigurationProblem(
                    at: .file(path: source.file, position: nil),
                    "The file is gone. What it said stays in force until it is back.")
            ])
        }
        return try source.read(bytes)
    }
}
