package import KernelBase
package import ModuleJSON

/// What a module says of itself: docs/manifest.md.
package struct Manifest: Sendable, Hashable {
    package let id: String
    package let version: SemanticVersion
    package let about: String
    package let toolchain: String
    package let tasks: [TaskDescription]
    /// The schema of the module's own table; nil if it takes no configuration.
    package let configuration: JSONSchema?
    /// The version of the state's schema; nil if the module keeps no state.
    package let stateVersion: UInt32?
    package let permissions: JSON
    package let provides: [Provided]
    package let requires: [Required]
    /// The text that it was read from.
    package let bytes: [UInt8]
    /// The number that stands for it in the library that it came from; 0 if there is none.
    package let mark: UInt64

    package struct Provided: Sendable, Hashable {
        package let name: String
        package let version: SemanticVersion

        package init(name: String, version: SemanticVersion) {
            self.name = name
            self.version = version
        }
    }

    package struct Required: Sendable, Hashable {
        package let name: String
        package let range: VersionRange
        package let isOptional: Bool

        package init(name: String, range: VersionRange, isOptional: Bool = false) {
            self.name = name
            self.range = range
            self.isOptional = isOptional
        }
    }
}

/// One thing that a module can be asked to do.
package struct TaskDescription: Sendable, Hashable {
    package let name: String
    package let about: String
    /// The schema of the arguments; nil if the task takes none, or takes bytes.
    package let arguments: JSONSchema?
    package let accepts: PayloadKind
    package let result: PayloadKind
    package let mode: RunMode
    package let risk: Risk
    package let timeoutSeconds: Double
    package let isIdempotent: Bool
}

/// A manifest that cannot be used; the sentence names the member and what is wrong with it.
package struct ManifestError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

extension Manifest {
    package static let tasksMax = 1_024
    /// Interfaces that are provided, or required.
    package static let interfacesMax = 64
    private static let timeoutSecondsMax = 86_400.0

    package init(parsing bytes: [UInt8], mark: UInt64 = 0) throws(ManifestError) {
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw ManifestError("the manifest is not JSON: \(error)")
        }
        let reader = ManifestReader(json, "")
        id = try reader.text("id")
        guard Self.isName(id) else {
            throw ManifestError(
                "id \"\(id)\" must begin with a letter and hold only a-z, 0-9, - and _")
        }
        version = try reader.version("version")
        about = try reader.text("about", or: "")
        toolchain = try reader.text("toolchain", or: "")
        tasks = try reader.list("tasks").map { entry throws(ManifestError) in
            try TaskDescription(entry)
        }
        configuration = try reader.schema("configuration")
        stateVersion = try reader.member("state").map { state throws(ManifestError) in
            try state.natural("version")
        }
        permissions = json["permissions"] ?? [:]
        provides = try reader.list("provides").map { entry throws(ManifestError) in
            try Provided(entry)
        }
        requires = try reader.list("requires").map { entry throws(ManifestError) in
            try Required(entry)
        }
        self.bytes = bytes
        self.mark = mark
        guard tasks.count <= Self.tasksMax else {
            throw ManifestError("tasks has \(tasks.count) entries, more than \(Self.tasksMax)")
        }
        var seen: Set<String> = []
        for task in tasks where !seen.insert(task.name).inserted {
            throw ManifestError("there are two tasks named \"\(task.name)\"")
        }
        try checkInterfaces()
    }

    private func checkInterfaces() throws(ManifestError) {
        for (member, names) in [
            ("provides", provides.map(\.name)), ("requires", requires.map(\.name)),
        ] {
            guard names.count <= Self.interfacesMax else {
                throw ManifestError(
                    "\(member) has \(names.count) entries, more than \(Self.interfacesMax)")
            }
            for name in names where !Self.isInterface(name) {
                throw ManifestError(
                    "\(member) names \"\(name)\", but an interface is named like a module, or "
                        + "by several such names with dots between")
            }
        }
        var seen: Set<String> = []
        for required in requires where !seen.insert(required.name).inserted {
            throw ManifestError(
                "requires names \"\(required.name)\" twice; write one range, such as >=1 <2")
        }
    }

    /// `storage`, or `org.example.storage`.
    package static func isInterface(_ text: String) -> Bool {
        text.utf8.count <= interfaceBytesMax
            && text.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy { isName(String($0)) }
    }

    private static let interfaceBytesMax = 128

    package static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (97...122).contains(first), text.utf8.count <= 64 else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            (97...122).contains(byte) || (48...57).contains(byte) || byte == 45 || byte == 95
        }
    }

    fileprivate static func timeout(_ reader: ManifestReader) throws(ManifestError) -> Double {
        let seconds = try reader.number("timeoutSeconds", or: 60)
        guard seconds > 0, seconds <= timeoutSecondsMax else {
            throw ManifestError(
                "\(reader.path("timeoutSeconds")) is \(seconds); "
                    + "it must be above 0 and at most \(timeoutSecondsMax)")
        }
        return seconds
    }
}

extension TaskDescription {
    fileprivate init(_ reader: ManifestReader) throws(ManifestError) {
        name = try reader.text("name")
        guard Manifest.isName(name) else {
            throw ManifestError(
                "the task \"\(name)\" must begin with a letter and hold only a-z, 0-9, - and _")
        }
        about = try reader.text("about", or: "")
        arguments = try reader.schema("arguments")
        accepts = try reader.choice("accepts", or: .json, ["json": .json, "bytes": .bytes])
        result = try reader.choice(
            "result", or: .text, ["text": .text, "json": .json, "bytes": .bytes])
        mode = try reader.choice(
            "mode", or: .thread, ["main": .main, "thread": .thread, "process": .process])
        risk = try reader.choice(
            "risk", or: .danger, ["read": .read, "write": .write, "danger": .danger])
        timeoutSeconds = try Manifest.timeout(reader)
        isIdempotent = try reader.flag("idempotent", or: false)
    }
}

extension Manifest.Provided {
    fileprivate init(_ reader: ManifestReader) throws(ManifestError) {
        name = try reader.text("name")
        version = try reader.version("version")
    }
}

extension Manifest.Required {
    fileprivate init(_ reader: ManifestReader) throws(ManifestError) {
        name = try reader.text("name")
        let text = try reader.text("range", or: "*")
        guard let range = VersionRange(text) else {
            throw ManifestError("\(reader.path("range")) \"\(text)\" is not a range like >=1.2 <2")
        }
        self.range = range
        isOptional = try reader.flag("optional", or: false)
    }
}
