/// One of the kernel's own keys: the single place that says what it is called, what may stand
/// there and which field of the settings holds it. Checking, default, example and reference are
/// all derived from it.
package struct KeyOf<Settings: SettingsTable>: Sendable {
    package let declaration: KeyDeclaration
    let read: @Sendable (Settings) -> KeyValue?
    let write: @Sendable (inout Settings, KeyValue, PathFolders) -> Void

    private init(
        _ declaration: KeyDeclaration,
        read: @escaping @Sendable (Settings) -> KeyValue?,
        write: @escaping @Sendable (inout Settings, KeyValue, PathFolders) -> Void
    ) {
        self.declaration = declaration
        self.read = read
        self.write = write
    }

    typealias Field<Value> = any WritableKeyPath<Settings, Value> & Sendable

    init(_ name: String, _ field: Field<Bool>, _ about: String) {
        self.init(
            KeyDeclaration(name, .boolean, about),
            read: { .boolean($0[keyPath: field]) },
            write: { settings, value, _ in
                if case .boolean(let value) = value { settings[keyPath: field] = value }
            })
    }

    init(_ name: String, _ field: Field<Int>, _ limits: IntegerLimits, _ about: String) {
        self.init(
            KeyDeclaration(name, .integer(limits), about),
            read: { .integer($0[keyPath: field]) },
            write: { settings, value, _ in
                if case .integer(let value) = value { settings[keyPath: field] = value }
            })
    }

    /// `sample` is a value for the example, since there is no default.
    init(
        _ name: String, _ field: Field<Int?>, _ limits: IntegerLimits, sample: Int,
        _ about: String
    ) {
        self.init(
            KeyDeclaration(name, .integer(limits), about, .integer(sample)),
            read: { $0[keyPath: field].map { .integer($0) } },
            write: { settings, value, _ in
                if case .integer(let value) = value { settings[keyPath: field] = value }
            })
    }

    init<Choice: KeyChoice>(_ name: String, _ field: Field<Choice>, _ about: String) {
        self.init(
            KeyDeclaration(name, .choice(Choice.names), about),
            read: { .text($0[keyPath: field].rawValue) },
            write: { settings, value, _ in
                guard case .text(let name) = value, let choice = Choice(rawValue: name) else {
                    return
                }
                settings[keyPath: field] = choice
            })
    }

    init<Choice: KeyChoice>(
        _ name: String, _ field: Field<Choice?>, sample: Choice, _ about: String
    ) {
        self.init(
            KeyDeclaration(name, .choice(Choice.names), about, .text(sample.rawValue)),
            read: { $0[keyPath: field].map { .text($0.rawValue) } },
            write: { settings, value, _ in
                guard case .text(let name) = value, let choice = Choice(rawValue: name) else {
                    return
                }
                settings[keyPath: field] = choice
            })
    }

    init(_ name: String, _ field: Field<ConfiguredPath?>, sample: String, _ about: String) {
        self.init(
            KeyDeclaration(name, .path, about, .text(sample)),
            read: { $0[keyPath: field].map { .text($0.written) } },
            write: { settings, value, folders in
                guard case .text(let path) = value else { return }
                settings[keyPath: field] = ConfiguredPath(path, in: folders)
            })
    }

    init(_ name: String, _ field: Field<String?>, sample: String, _ about: String) {
        self.init(
            KeyDeclaration(name, .text, about, .text(sample)),
            read: { $0[keyPath: field].map { .text($0) } },
            write: { settings, value, _ in
                if case .text(let text) = value { settings[keyPath: field] = text }
            })
    }

    init(_ name: String, texts field: Field<[String]>, sample: [String], _ about: String) {
        self.init(
            KeyDeclaration(name, .texts, about, .texts(sample)),
            read: { .texts($0[keyPath: field]) },
            write: { settings, value, _ in
                if case .texts(let texts) = value { settings[keyPath: field] = texts }
            })
    }

    init(_ name: String, secrets field: Field<[String]>, sample: [String], _ about: String) {
        self.init(
            KeyDeclaration(name, .secrets, about, .texts(sample)),
            read: { .texts($0[keyPath: field]) },
            write: { settings, value, _ in
                if case .texts(let texts) = value { settings[keyPath: field] = texts }
            })
    }

    init(_ name: String, _ field: Field<[String]?>, sample: [String], _ about: String) {
        self.init(
            KeyDeclaration(name, .texts, about, .texts(sample)),
            read: { $0[keyPath: field].map { .texts($0) } },
            write: { settings, value, _ in
                if case .texts(let texts) = value { settings[keyPath: field] = texts }
            })
    }

    init(_ name: String, _ field: Field<[ConfiguredPath]>, sample: [String], _ about: String) {
        self.init(
            KeyDeclaration(name, .paths, about, .texts(sample)),
            read: { .texts($0[keyPath: field].map(\.written)) },
            write: { settings, value, folders in
                guard case .texts(let paths) = value else { return }
                settings[keyPath: field] = paths.map { ConfiguredPath($0, in: folders) }
            })
    }

    init(
        _ name: String, providers field: Field<[String: String]>, sample: [String: String],
        _ about: String
    ) {
        self.init(
            KeyDeclaration(name, .providers, about, .choices(sample)),
            read: { .choices($0[keyPath: field]) },
            write: { settings, value, _ in
                if case .choices(let chosen) = value { settings[keyPath: field] = chosen }
            })
    }

    init<Choice: KeyChoice>(
        _ name: String, _ field: Field<[String: Choice]>, sample: [String: Choice], _ about: String
    ) {
        self.init(
            KeyDeclaration(
                name, .choicePerModule(Choice.names), about,
                .choices(sample.mapValues(\.rawValue))),
            read: { .choices($0[keyPath: field].mapValues(\.rawValue)) },
            write: { settings, value, _ in
                guard case .choices(let choices) = value else { return }
                settings[keyPath: field] = choices.compactMapValues { Choice(rawValue: $0) }
            })
    }
}

/// What a person needs to know about a key.
package struct KeyDeclaration: Sendable {
    package let name: String
    package let kind: KeyKind
    package let about: String
    /// For the example, where the default shows nothing.
    package let sample: KeyValue?

    init(_ name: String, _ kind: KeyKind, _ about: String, _ sample: KeyValue? = nil) {
        self.name = name
        self.kind = kind
        self.about = about
        self.sample = sample
    }
}

/// From where to where a whole number may go, and what it counts: "milliseconds".
package struct IntegerLimits: Sendable, Equatable {
    package let range: ClosedRange<Int>
    package let unit: String

    init(_ range: ClosedRange<Int>, _ unit: String) {
        self.range = range
        self.unit = unit
    }
}

/// A setting with a few named values.
package protocol KeyChoice: RawRepresentable<String>, CaseIterable, Sendable, Hashable {}

extension KeyChoice {
    static var names: [String] { allCases.map(\.rawValue) }
}
