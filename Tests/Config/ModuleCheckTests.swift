import KernelConfig
import ModuleJSON
import Testing

struct ModuleCheckTests {
    private static let noSecrets = SecretSource(variable: { _ in nil }, file: { _ in nil })

    private func known() throws -> [String: ConfigurableModule] {
        let schema = try JSONSchema([
            "type": "object", "additionalProperties": false,
            "properties": ["roots": ["type": "array"]],
        ])
        return [
            "fs": ConfigurableModule(schema: schema, tasks: ["read", "search"]),
            "apps": ConfigurableModule(schema: nil, tasks: ["open"]),
        ]
    }

    private func lines(_ problems: [ConfigurationProblem]) -> [String] {
        problems.map { String("\($0)".dropFirst(configurationPath.count + 1)) }
    }

    @Test func `every module that the file names is checked, and a user's secret once`() throws {
        let read = try configuration(
            """
            [user]
            token = "env:NONE"
            [modules.fs]
            rots = ["/"]
            [modules.apps]
            anything = 1
            key = "file:/none"
            """)
        #expect(
            lines(read.problems(modules: try known(), secrets: Self.noSecrets)) == [
                "2:9: [user] token: The environment variable NONE is not set. Set it for the "
                    + "kernel, or use file:PATH.",
                "4:1: [modules.fs] rots: This is not known; did you mean \"roots\"?",
                "7:7: [modules.apps] key: The file /none does not exist. Write the secret into it, "
                    + "with mode 0600.",
            ])
    }

    @Test func `a module that is switched off is not checked`() throws {
        let read = try configuration("[modules.fs]\nenabled = false\nrots = 1\nk = \"env:NONE\"")
        #expect(read.problems(modules: try known(), secrets: Self.noSecrets).isEmpty)
    }

    @Test func `names that nobody has are warned about`() throws {
        let read = try configuration(
            "[modules.app]\n[modules.fs.tasks.raed]\ntimeout = 1\n[modules.fs.tasks.read]\n")
        #expect(
            lines(read.warnings(modules: try known())) == [
                "1:10: [modules.app]: There is no such module. Did you mean \"apps\"?",
                "2:10: [modules.fs] tasks.raed: The module has no such task. Did you mean "
                    + "\"read\"?",
            ])
    }
}
