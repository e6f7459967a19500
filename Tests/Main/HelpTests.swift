import KernelSystem
import KernelTesting
import ModuleJSON
import Testing

/// What the program says of itself, and how it refuses what it does not understand.
struct HelpTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    @Test(arguments: [
        "--help", "help", "-h", "run --help", "modules --help", "module --help",
        "module new --help", "module check --help", "module lift --help",
        "module reload --help", "serve --help", "task --help", "task submit --help",
        "health --help", "config --help", "config show --help",
        "config check --help", "config path --help", "config example --help", "help run",
    ])
    func `every command has help`(line: String) throws {
        let ended = try home.run(line.split(separator: " ").map(String.init))
        #expect(ended.status == .exited(code: 0))
        #expect(ended.output.hasPrefix("Usage: kernel"))
        #expect(ended.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
        #expect(ended.errors == "")
    }

    @Test(arguments: [
        ("frobnicate", "kernel: there is no command \"frobnicate\""),
        ("modlues", "kernel: there is no command \"modlues\"; did you mean \"modules\"?"),
        ("--devv", "kernel: there is no option --devv here; did you mean \"--dev\"?"),
        ("run", "kernel: run needs <task>"), ("config", "kernel: config needs to know what to do"),
        ("config chek", "kernel: there is no command \"config chek\""),
        ("run fs.read --timeout 0", "kernel: --timeout must be a number of seconds"),
        ("modules much", "kernel: \"much\" is too much here"),
        ("--config", "kernel: --config needs a value"),
        ("--json", "kernel: --json changes nothing here"),
        ("config example --json", "kernel: --json changes nothing here"),
    ])
    func `a wrong command line is refused`(line: String, beginning: String) throws {
        let ended = try home.run(line.split(separator: " ").map(String.init))
        #expect(ended.status == .exited(code: 2))
        #expect(ended.errors.hasPrefix(beginning), "\(ended.errors)")
        #expect(ended.errors.contains("--help tells more"))
        #expect(ended.output == "")
    }

    @Test(arguments: [
        "modules --json", "config path --json", "config show --json", "config check --json",
        "--version --json", "module new hello --json", "run fs.stat path=. --output json",
        "run fs.stat --json {\"path\":\".\"}",
    ])
    func `what is for scripts is JSON`(line: String) throws {
        let ended = try home.run(line.split(separator: " ").map(String.init))
        #expect(ended.status == .exited(code: 0), "\(ended.errors)")
        #expect(throws: Never.self) { try JSON(parsing: ended.output) }
    }

    @Test func `the example is a configuration that is taken`() throws {
        let example = try home.run(["config", "example"])
        try home.configure(example.output)
        let checked = try home.run(["config", "check"])
        #expect(checked.status == .exited(code: 0), "\(checked.output)")
    }
}
