/// A value of a TOML file, with the place where it stands.
package struct TomlNode: Sendable {
    package let value: Value
    package let position: TomlPosition

    package enum Value: Sendable {
        /// Dates and times too, as they are written.
        case string(String)
        case integer(Int64)
        case number(Double)
        case boolean(Bool)
        case array([TomlNode])
        case table(TomlTable)
    }

    package init(_ value: Value, at position: TomlPosition) {
        self.value = value
        self.position = position
    }

    package var string: String? {
        if case .string(let string) = value { string } else { nil }
    }

    package var table: TomlTable? {
        if case .table(let table) = value { table } else { nil }
    }

    /// "a string", "a table": for sentences about a value of the wrong type.
    package var typeName: String {
        switch value {
        case .string: "a string"
        case .integer: "a whole number"
        case .number: "a fraction"
        case .boolean: "true or false"
        case .array: "a list"
        case .table: "a table"
        }
    }
}

/// Line and column, counted from 1; columns count characters.
package struct TomlPosition: Sendable, Hashable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}
