package import ModuleJSON

/// What a module may reach outside itself, as it was written: paths are not expanded yet.
package struct Permissions: Sendable, Hashable {
    private var lists: [PermissionKind: [String]] = [:]

    /// More than these in one list are a mistake, and each costs a worker some microseconds.
    package static let entriesMax = 256
    package static let entryBytesMax = 4_096

    package init() {}

    package subscript(_ kind: PermissionKind) -> [String] {
        get { lists[kind] ?? [] }
        set { lists[kind] = newValue.isEmpty ? nil : newValue }
    }

    /// Reads the member `permissions` of a manifest. Members that are not known are not looked at.
    package init(manifest json: JSON) throws(PermissionProblem) {
        guard case .object = json else {
            throw PermissionProblem("permissions is not an object")
        }
        for kind in PermissionKind.allCases {
            guard let member = json[kind.rawValue], member != .null else { continue }
            self[kind] = try Self.entries(member, "permissions.\(kind.rawValue)")
        }
    }

    private static func entries(_ json: JSON, _ name: String) throws(PermissionProblem) -> [String]
    {
        guard let list = json.array else { throw PermissionProblem("\(name) is not a list") }
        guard list.count <= entriesMax else {
            throw PermissionProblem("\(name) has more than \(entriesMax) entries")
        }
        var entries: [String] = []
        for (index, entry) in list.enumerated() {
            guard let text = entry.string, !text.isEmpty else {
                throw PermissionProblem("\(name)[\(index)] is not a text")
            }
            guard text.utf8.count <= entryBytesMax, !text.utf8.contains(0) else {
                throw PermissionProblem("\(name)[\(index)] is no path: it is too long")
            }
            entries.append(text)
        }
        return entries
    }
}

/// A permission that cannot be used; the sentence names the entry and says what to do.
package struct PermissionProblem: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
