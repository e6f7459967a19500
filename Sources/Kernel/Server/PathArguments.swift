import KernelSystem
import ModuleJSON

/// The arguments of a task that are paths, as its schema says with `"format": "path"`: a text, or a
/// list of texts, of the outermost object.
struct PathArguments {
    private let properties: JSONObject
    /// Where relative paths start.
    private let folder: String

    init(_ schema: JSONSchema, folder: String) {
        properties = schema.json["properties"]?.object ?? [:]
        self.folder = folder
    }

    /// The arguments with whole paths. A path that is left out, and has a default that is relative,
    /// is filled in. What begins with a slash or a tilde stays.
    func absolute(_ arguments: JSON) -> JSON {
        guard var members = arguments.object else { return arguments }
        for (name, schema) in properties {
            guard let value = members[name] ?? schema["default"] else { continue }
            if Self.isPath(schema), let path = value.string {
                members[name] = .string(whole(path))
            } else if let items = schema["items"], Self.isPath(items), let list = value.array {
                members[name] = .array(
                    list.map { item in item.string.map { .string(whole($0)) } ?? item })
            }
        }
        return .object(members)
    }

    private static func isPath(_ schema: JSON) -> Bool { schema["format"]?.string == "path" }

    private func whole(_ path: String) -> String {
        // An empty path is wrong, and the module says so.
        guard let first = path.utf8.first, first != UInt8(ascii: "/"), first != UInt8(ascii: "~")
        else { return path }
        return path == "." ? folder : Path.join(folder, path)
    }
}
