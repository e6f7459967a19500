/// One thing that is wrong with the configuration, and what to do.
package struct ConfigurationProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package let place: Place
    /// Without brackets; empty at the top of the file.
    package let table: String
    package let key: String
    package let sentence: String

    package enum Place: Sendable, Equatable, CustomStringConvertible {
        case file(path: String, position: TomlPosition?)
        case variable(String)

        package var description: String {
            switch self {
            case .file(let path, .some(let position)):
                "\(path):\(position.line):\(position.column)"
            case .file(let path, nil): path
            case .variable(let name): "environment variable \(name)"
            }
        }
    }

    package init(at place: Place, table: String = "", key: String = "", _ sentence: String) {
        self.place = place
        self.table = table
        self.key = key
        self.sentence = sentence
    }

    package var description: String {
        let name =
            switch (table.isEmpty, key.isEmpty) {
            case (true, true): ""
            case (true, false): " \(key):"
            case (false, true): " [\(table)]:"
            case (false, false): " [\(table)] \(key):"
            }
        return "\(place):\(name) \(sentence)"
    }
}

/// All that is wrong with a configuration, not only the first of it; never empty.
package struct ConfigurationProblems: Error, Sendable, Equatable, CustomStringConvertible {
    package let list: [ConfigurationProblem]

    package init(_ list: [ConfigurationProblem]) {
        precondition(!list.isEmpty, "No problems are no error.")
        self.list = list
    }

    package var description: String { list.map(\.description).joined(separator: "\n") }
}
