package import KernelBase
package import ModuleJSON

/// What somebody is asked to allow: one task with exactly these arguments.
package struct ApprovalDeed: Sendable, Hashable {
    package let module: String
    /// `fs.write`
    package let task: String
    package let risk: Risk
    package let arguments: JSONObject
    /// The files that the arguments name, whole and with their links followed: only that says what
    /// would be touched.
    package let files: [String]
    /// It may leave this machine or start something: its module may reach a network, a bus or
    /// programs.
    package let goesOut: Bool
    /// It changes what the assistant knows from then on.
    package let isMemory: Bool

    package init(
        module: String, task: String, risk: Risk, arguments: JSONObject, files: [String],
        goesOut: Bool = false, isMemory: Bool = false
    ) {
        self.module = module
        self.task = task
        self.risk = risk
        self.arguments = arguments
        self.files = files
        self.goesOut = goesOut
        self.isMemory = isMemory
    }

    /// The texts of those arguments that are paths by the task's schema, as they were given.
    package static func paths(in arguments: JSONObject, by schema: JSON?) -> [String] {
        paths(in: .object(arguments), schema)
    }

    private static func paths(in value: JSON, _ schema: JSON?) -> [String] {
        guard let schema else { return [] }
        switch value {
        case .string(let text): return schema["format"]?.string == "path" ? [text] : []
        case .array(let items): return items.flatMap { paths(in: $0, schema["items"]) }
        case .object(let object):
            return object.flatMap { paths(in: $0.value, schema["properties"]?[$0.key]) }
        default: return []
        }
    }
}
