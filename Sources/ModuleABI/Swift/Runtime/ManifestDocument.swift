internal import CModuleABI
package import ModuleJSON

/// The manifest as the host reads it (docs/manifest.md), worked out from the module's type.
package struct ManifestDocument {
    package let json: JSON
    private let problems: [String]

    package init<M: Module>(_ type: M.Type) {
        let manifest = M.manifest
        var problems: [String] = []
        var names: [String] = []
        var tasks: [JSON] = []
        for task in M.tasks {
            if names.contains(task.name) {
                problems.append("two tasks have the name \"\(task.name)\"")
            }
            names.append(task.name)
            // Once: it is half of the work.
            let shape: ArgumentsShape? =
                if case .arguments(let shape) = task.input { shape() } else { nil }
            for problem in shape?.problems ?? [] {
                problems.append("the task \"\(task.name)\": \(problem)")
            }
            tasks.append(Self.json(task, shape))
        }
        var json: JSONObject = [
            "id": .string(manifest.id), "version": .string(manifest.version),
            "about": .string(manifest.about),
            "abi": [
                "major": .integer(Int64(MOD_ABI_MAJOR)), "minor": .integer(Int64(MOD_ABI_MINOR)),
            ],
            "toolchain": .string(Self.toolchain),
            "tasks": .array(tasks),
            "configuration": .null, "state": .null,
        ]
        if let shape = type.configurationShape {
            json["configuration"] = shape.schema.json
            problems += shape.problems.map { "the configuration: \($0)" }
        }
        if let version = type.versionOfState {
            json["state"] = ["version": .integer(Int64(version))]
        }
        json["permissions"] = Self.json(manifest.permissions)
        json["provides"] = .array(
            manifest.provides.map { ["name": .string($0.name), "version": .string($0.version)] })
        json["requires"] = .array(
            manifest.requires.map {
                [
                    "name": .string($0.name), "range": .string($0.range),
                    "optional": .bool($0.optional),
                ]
            })
        self.json = .object(json)
        self.problems = problems
    }

    /// Throws what the author must put right before an instance can be made.
    func validate() throws(Failure) {
        guard !problems.isEmpty else { return }
        throw Failure(problems.joined(separator: "; "), .invalid)
    }

    private static func json<M>(_ task: TaskOf<M>, _ shape: ArgumentsShape?) -> JSON {
        var accepts = "json"
        var arguments = JSON.null
        switch task.input {
        case .nothing: arguments = ["type": "object", "additionalProperties": false]
        case .bytes: accepts = "bytes"
        case .arguments: arguments = shape?.schema.json ?? .null
        }
        return [
            "name": .string(task.name), "about": .string(task.about), "arguments": arguments,
            "accepts": .string(accepts), "result": .string(task.result.name),
            "mode": .string(task.mode.name), "risk": .string(task.risk.name),
            "timeoutSeconds": .integer(Int64(task.timeoutSeconds)),
            "idempotent": .bool(task.idempotent),
        ]
    }

    private static func json(_ permissions: Manifest.Permissions) -> JSON {
        func list(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
        return [
            "read": list(permissions.read), "write": list(permissions.write),
            "network": list(permissions.network), "dbus": list(permissions.dbus),
            "execute": list(permissions.execute),
        ]
    }

    /// The compiler that the module was built with.
    private static var toolchain: String {
        #if compiler(>=6.5)
        "Swift 6.5 or later"
        #elseif compiler(>=6.4)
        "Swift 6.4"
        #elseif compiler(>=6.3.2)
        "Swift 6.3.2"
        #elseif compiler(>=6.3.1)
        "Swift 6.3.1"
        #else
        "Swift 6.3"
        #endif
    }
}
