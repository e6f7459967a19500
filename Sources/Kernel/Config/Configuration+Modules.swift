package import ModuleJSON

/// What the configuration needs to know of a module that is there.
package struct ConfigurableModule: Sendable {
    /// Of `[modules.<id>]`; nil: the module says nothing about it.
    package let schema: JSONSchema?
    package let tasks: [String]

    package init(schema: JSONSchema?, tasks: [String]) {
        self.schema = schema
        self.tasks = tasks
    }
}

extension Configuration {
    /// What the modules refuse, and secrets that are missing, for all modules that the file names
    /// and that are enabled. For `kernel config check` and for `ConfigurationStore.receive`.
    package func problems(
        modules known: [String: ConfigurableModule], secrets: SecretSource
    ) -> [ConfigurationProblem] {
        var user = SecretResolver(self, source: secrets, header: "user")
        _ = user.resolve(self.user.table)
        var problems = user.problems
        for (id, entry) in modulesInFileOrder where entry.settings.enabled {
            do {
                _ = try view(ofModule: id, schema: known[id]?.schema, secrets: secrets)
            } catch {
                problems += error.list.filter { $0.table != "user" }
            }
        }
        return problems
    }

    /// Names in the file that no module and no task has: a slip, or something not installed.
    package func warnings(modules known: [String: ConfigurableModule]) -> [ConfigurationProblem] {
        var warnings = self.warnings
        for (id, entry) in modulesInFileOrder {
            let place = ConfigurationProblem.Place.file(path: file, position: entry.own.position)
            guard let module = known[id] else {
                let hint = Spelling.question(for: id, among: known.keys.sorted())
                warnings.append(
                    ConfigurationProblem(
                        at: place, table: "modules.\(id)", "There is no such module.\(hint)"))
                continue
            }
            for task in entry.settings.tasks.keys.sorted() where !module.tasks.contains(task) {
                let hint = Spelling.question(for: task, among: module.tasks)
                warnings.append(
                    ConfigurationProblem(
                        at: place, table: "modules.\(id)", key: "tasks.\(task)",
                        "The module has no such task.\(hint)"))
            }
        }
        return warnings
    }

    private var modulesInFileOrder: [(key: String, value: ModuleEntry)] {
        modules.sorted { left, right in
            let (left, right) = (left.value.own.position, right.value.own.position)
            return (left?.line ?? 0, left?.column ?? 0) < (right?.line ?? 0, right?.column ?? 0)
        }
    }
}
