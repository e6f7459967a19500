package import ModuleJSON

extension ConfigurationText {
    /// One line for each problem and warning, then one that sums up.
    package static func check(
        file: String, problems: [ConfigurationProblem], warnings: [ConfigurationProblem]
    ) -> String {
        let lines =
            problems.map { "\($0)" } + warnings.map { "warning: \($0)" }
            + [summary(file: file, problems: problems.count)]
        return lines.joined(separator: "\n") + "\n"
    }

    package static func checkJSON(
        file: String, problems: [ConfigurationProblem], warnings: [ConfigurationProblem]
    ) -> JSON {
        [
            "file": .string(file),
            "ok": .bool(problems.isEmpty),
            "problems": .array(problems.map(json)),
            "warnings": .array(warnings.map(json)),
        ]
    }

    private static func summary(file: String, problems: Int) -> String {
        switch problems {
        case 0: "\(file) is fine."
        case 1: "\(file) has 1 problem."
        default: "\(file) has \(problems) problems."
        }
    }

    private static func json(_ problem: ConfigurationProblem) -> JSON {
        var object = JSONObject()
        switch problem.place {
        case .file(let path, let position):
            object["file"] = .string(path)
            object["line"] = position.map { .integer(Int64($0.line)) }
            object["column"] = position.map { .integer(Int64($0.column)) }
        case .variable(let name): object["variable"] = .string(name)
        }
        object["table"] = .string(problem.table)
        object["key"] = .string(problem.key)
        object["sentence"] = .string(problem.sentence)
        return .object(object)
    }

    /// The path alone on the first line, so that `$EDITOR "$(kernel config path | head -1)"`
    /// works; then why it is this one.
    package static func path(_ paths: Paths, exists: Bool) -> String {
        let choice =
            switch paths.configurationChoice {
            case .argument: "chosen by --config"
            case .environment: "chosen by \(EnvironmentVariables.configurationFile)"
            case .standard: "the standard place"
            }
        let note =
            exists
            ? "" : "; there is no such file yet (kernel config example shows how one looks)"
        return "\(paths.configurationFile)\n\(choice)\(note)\n"
    }

    package static func pathJSON(_ paths: Paths, exists: Bool) -> JSON {
        [
            "file": .string(paths.configurationFile),
            "chosenBy": .string(paths.configurationChoice.rawValue),
            "exists": .bool(exists),
            "state": .string(paths.stateFolder),
            "run": .string(paths.runFolder),
            "cache": .string(paths.cacheFolder),
            "userModules": .string(paths.userModulesFolder),
            "systemModules": .array(paths.systemModulesFolders.map { .string($0) }),
        ]
    }
}
