import KernelConfig
import ModuleJSON
import Testing

struct ConfigurationTextTests {
    private static let text = """
        [kernel]
        workers_max = 3
        [user]
        name = "Ann"
        token = "env:SECRET"
        [modules.fs]
        roots = ["~", 'a"b']
        [modules.fs.tasks."re ad"]
        timeout = 5
        """
    private static let environment = ["KERNEL_LOG_LEVEL": "debug", "SECRET": "hunter2"]

    @Test func `show says where each value comes from`() throws {
        let lines = ConfigurationText.show(try configuration(Self.text, Self.environment))
            .split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.first == "# \(configurationPath)")
        for line in [
            "workers_max = 3 # kernel.toml:2", "main_slow_ms = 50 # default",
            "level = \"debug\" # KERNEL_LOG_LEVEL", "# file is not set",
            "token = \"env:SECRET\" # kernel.toml:5",
            "roots = [\"~\", \"a\\\"b\"] # kernel.toml:7", "enabled = true # default",
            "timeout = 5 # kernel.toml:9",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test func `what show prints is a configuration that says the same`() throws {
        let shown = try configuration(Self.text, Self.environment)
        let again = try configuration(ConfigurationText.show(shown))
        #expect(ConfigurationChange(from: shown, to: again).isEmpty)
    }

    @Test func `no text shows the value of a secret`() throws {
        let shown = try configuration(Self.text, Self.environment)
        #expect(!ConfigurationText.show(shown).contains("hunter2"))
        #expect(!ConfigurationText.showJSON(shown).text.contains("hunter2"))
    }

    @Test func `show for programs has value and origin`() throws {
        let json = ConfigurationText.showJSON(try configuration(Self.text, Self.environment))
        #expect(
            json["kernel"]?["workers_max"]
                == ["value": 3, "origin": "file", "line": 2, "column": 1])
        #expect(
            json["log"]?["level"]
                == ["value": "debug", "origin": "environment", "variable": "KERNEL_LOG_LEVEL"])
        #expect(json["log"]?["file"] == ["value": nil, "origin": "default"])
        #expect(json["modules"]?["fs"]?["tasks"]?["re ad"]?["timeout"]?["value"] == 5)
        #expect(json["modules"]?["fs"]?["own"]?["roots"]?[0] == "~")
        #expect(json["user"]?["token"] == "env:SECRET")
    }

    @Test func `check lists problems and warnings and sums up`() throws {
        let warning = ConfigurationProblem(at: .variable("KERNEL_X"), "Odd.")
        #expect(
            ConfigurationText.check(file: "/k", problems: [], warnings: [warning])
                == "warning: environment variable KERNEL_X: Odd.\n/k is fine.\n")
        let problem = ConfigurationProblem(
            at: .file(path: "/k", position: TomlPosition(line: 2, column: 3)), table: "log",
            key: "level", "Wrong.")
        #expect(
            ConfigurationText.check(file: "/k", problems: [problem], warnings: [])
                == "/k:2:3: [log] level: Wrong.\n/k has 1 problem.\n")
        let json = ConfigurationText.checkJSON(file: "/k", problems: [problem], warnings: [])
        #expect(json["ok"] == false)
        #expect(
            json["problems"]?[0] == [
                "file": "/k", "line": 2, "column": 3, "table": "log", "key": "level",
                "sentence": "Wrong.",
            ])
    }

    @Test func `path says which file and why`() throws {
        let process = Paths.Process(
            environment: ["HOME": "/h"], userId: 1, workingFolder: "/", executable: nil)
        let named = try Paths(process, configuration: "/k.toml")
        #expect(ConfigurationText.path(named, exists: true) == "/k.toml\nchosen by --config\n")
        let standard = ConfigurationText.path(try Paths(process), exists: false)
        #expect(
            standard.hasPrefix("/h/.config/kernel/kernel.toml\nthe standard place; there is no"))
        #expect(ConfigurationText.pathJSON(named, exists: true)["chosenBy"] == "argument")
    }
}
