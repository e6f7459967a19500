/// One thing that a build complained about.
package struct BuildProblem: Sendable, Hashable, CustomStringConvertible {
    package enum Severity: Sendable, Hashable {
        case error
        case warning
    }

    package let severity: Severity
    /// Relative to the package if it lies in it; nil if the complaint is not about one file.
    package let file: String?
    package let line: Int?
    package let column: Int?
    package let message: String

    package init(
        _ severity: Severity, file: String? = nil, line: Int? = nil, column: Int? = nil,
        _ message: String
    ) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    /// `Sources/Greeter/Greeter.swift:17:84: cannot find 'x' in scope`
    package var description: String {
        guard let file else { return message }
        let place = [line, column].compactMap { $0.map { ":\($0)" } }.joined()
        return "\(file)\(place): \(message)"
    }
}
