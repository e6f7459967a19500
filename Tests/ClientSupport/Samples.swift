package import KernelClient
package import KernelWire
package import ModuleJSON

/// Modules as a kernel describes them.
package enum Samples {
    package static func task(
        _ name: String, _ about: String, risk: String = "read", accepts: String = "json",
        arguments: JSON? = nil
    ) -> TaskListing {
        TaskListing(
            name: name, about: about, mode: "thread", risk: risk, accepts: accepts,
            arguments: arguments, timeoutSeconds: 30)
    }

    package static func module(
        _ id: String, _ about: String, tasks: [TaskListing] = []
    ) -> ModuleDescription {
        var module = ModuleDescription(id: id, state: "serving")
        module.isolation = id == "fs" ? "process" : "kernel"
        module.version = "1.0.0"
        module.about = about
        module.generation = 1
        module.build = "ab12cd34"
        module.source = "/modules/\(id).so"
        module.origin = "dev"
        module.tasks = tasks
        return module
    }

    package static func failed(_ id: String, _ problem: String) -> ModuleDescription {
        var module = ModuleDescription(id: id, state: "failed")
        module.problem = problem
        return module
    }

    package static let readArguments: JSON = [
        "type": "object",
        "properties": [
            "path": ["type": "string", "description": "The file to read."],
            "lines": [
                "type": "integer", "minimum": 1, "maximum": 100, "default": 10,
                "description": "At most so many lines.",
            ],
            "numbers": ["type": "boolean", "default": false],
        ],
        "required": ["path"], "additionalProperties": false,
    ]

    package static let drawArguments: JSON = [
        "type": "object",
        "properties": [
            "shape": ["type": "string", "enum": ["circle", "square"]],
            "sides": ["type": "array", "items": ["type": "integer"]],
            "names": ["type": "array", "items": ["type": "string"]],
            "scale": ["type": "number"],
            "style": ["type": "object"],
            "title": ["type": ["string", "null"]],
            "size": ["type": ["integer", "string"]],
        ],
        "additionalProperties": false,
    ]

    package static let files = module(
        "fs", "Files and folders.",
        tasks: [
            task(
                "list", "Lists a folder.",
                arguments: [
                    "type": "object",
                    "properties": ["path": ["type": "string", "default": "."]],
                    "additionalProperties": false,
                ]),
            task("read", "Reads a file.", arguments: readArguments),
        ])

    package static let art = module(
        "art", "Pictures.",
        tasks: [
            task("draw", "Draws.", risk: "write", arguments: drawArguments),
            task("echo", "Says it again.", accepts: "bytes"),
            task("ping", "Answers."),
        ])

    package static let known = KnownModules([
        files, art, failed("broken", "the entry is missing"),
    ])
}
