import KernelClient
import KernelCommands
import Testing

struct CommandLineOptionsTests {
    private static func parse(_ line: String) throws -> CommandLineOptions {
        try CommandLineOptions.parse(CommandWords.finished(line).map(\.text))
    }

    @Test(arguments: [
        ("", Command.repl), ("--version", .version), ("run --version", .version),
        ("modules", .modules), ("serve", .serve), ("module reload fs", .moduleReload(id: "fs")),
        ("config show", .configurationShow), ("setup", .setup(.init())),
        ("setup --yes --once", .setup(.init(agrees: true, isOnce: true))),
        ("setup --key OPENAI_API_KEY", .setup(.init(keyVariable: "OPENAI_API_KEY"))),
        ("config check", .configurationCheck), ("config path", .configurationPath),
        ("config example", .configurationExample),
        ("module new hello", .moduleNew(.init(name: "hello"))),
        (
            "module new --c hello --path=~/x",
            .moduleNew(.init(name: "hello", isC: true, path: "~/x"))
        ),
        ("module check a.so", .moduleCheck(file: "a.so")),
        ("task show t1a", .task(.show("t1a"))),
        ("task output t1a --follow", .task(.output("t1a", follows: true))),
        ("task cancel t1a t1b", .task(.cancel(["t1a", "t1b"]))),
        ("task retry t1a --wait", .task(.retry("t1a", waits: true))),
        (
            "task wait t1a --timeout 2",
            .task(.wait(["t1a"], timeoutSeconds: 2, follows: false))
        ),
        (
            "task submit a.b x=1",
            .task(.submit(.init(run: .init(task: "a.b", input: .words(["x=1"])))))
        ),
        ("run fs.read", .run(.init(task: "fs.read", input: .words([])))),
        ("run fs.read path=x -5", .run(.init(task: "fs.read", input: .words(["path=x", "-5"])))),
        ("run a.b -- --json help", .run(.init(task: "a.b", input: .words(["--json", "help"])))),
        ("run a.b --json '{}'", .run(.init(task: "a.b", input: .json("{}")))),
        ("run --json '{}' a.b", .run(.init(task: "a.b", input: .json("{}")))),
    ])
    func `commands are understood`(line: String, command: Command) throws {
        #expect(try Self.parse(line).command == command)
    }

    @Test func `global options stand anywhere`() throws {
        for line in [
            "--dev --config a.toml modules --json", "modules --json --config=a.toml --dev",
        ] {
            let options = try Self.parse(line)
            #expect(options.command == .modules)
            #expect(options.isDevelopment && options.printsJSON)
            #expect(options.configurationFile == "a.toml")
        }
    }

    @Test func `run has options of its own`() throws {
        var request = Command.RunRequest(task: "a.b", input: .words(["x=1"]))
        request.timeoutSeconds = 2.5
        request.printsOutcome = true
        let options = try Self.parse("run a.b x=1 --timeout 2.5 --output json")
        #expect(options.command == .run(request))
        #expect(!options.printsJSON)
    }

    @Test(arguments: [
        ("modlues", #"there is no command "modlues"; did you mean "modules"?"#),
        ("module nwe x", #"there is no command "module nwe"; did you mean "new"?"#),
        ("module", "module needs to know what to do: kernel module new | check"),
        (
            "config frob",
            #"there is no command "config frob": kernel config show | check | path | "#
        ),
        ("task", "task needs to know what to do: kernel task submit | list | show"),
        ("task shwo x", #"there is no command "task shwo"; did you mean "show"?"#),
        ("task show", "task show needs <id>"), ("task submit", "task submit needs <task>"),
        ("task list --limit x", "--limit must be a whole number, but is x"),
        ("task wait t1 --timeout 0", "--timeout must be a number of seconds, but is 0"),
        ("--jsn modules", #"there is no option --jsn here; did you mean "--json"?"#),
        ("modules --c", "there is no option --c here"), ("run", "run needs <task>: Such as"),
        ("--config", "--config needs a value: --config PATH"),
        ("--config a --config b", "--config is given twice"), ("--dev=1", "--dev takes no value"),
        ("--json run a.b", "--json needs a value: --json OBJECT"),
        ("modules extra", #""extra" is too much here"#),
        ("run a.b x=1 --json {}", #"--json gives all arguments: "x=1" is too much"#),
        ("run a.b --output xml", "--output must be json or text, but is xml"),
        ("run a.b --timeout soon", "--timeout must be a number of seconds, but is soon"),
        ("module new", "module new needs <name>: The module's id, such as hello."),
    ])
    func `errors say what, and where help is`(line: String, start: String) {
        let error = #expect(throws: CommandLineOptions.UsageError.self) { try Self.parse(line) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("kernel: \(start)"), "\(text)")
        #expect(text.hasSuffix("--help tells more."))
    }

    @Test(arguments: [
        ("--help", "Usage: kernel [<command>] [options]"), ("-h", "Usage: kernel [<command>]"),
        ("help", "Usage: kernel [<command>]"), ("run --help", "Usage: kernel run ["),
        ("help run", "Usage: kernel run ["), ("modules --help", "Usage: kernel modules\n"),
        ("module --help", "Usage: kernel module <command>"),
        ("help config", "Usage: kernel config <command>"),
        ("module new --help", "Usage: kernel module new ["),
        ("run a.b --what --help", "Usage: kernel run ["),
    ])
    func `help is there for every command`(line: String, start: String) throws {
        guard case .help(let text) = try Self.parse(line).command else {
            Issue.record("no help")
            return
        }
        #expect(text.hasPrefix(start), "\(text)")
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test func `the help of run documents its exit status`() throws {
        guard case .help(let text) = try Self.parse("run --help").command else { return }
        #expect(
            text == """
                Usage: kernel run [--json OBJECT] [--output FORMAT] [--timeout SECONDS] [--log] \
                <task> [name=value]…

                Runs one task and prints its result.

                Lists are written a,b,c; yes, no, true and false are booleans; objects are JSON.
                Behind -- nothing is an option. A task that takes text gets the words as they are.
                Progress and what the module prints go to the standard error, if that is a terminal.
                Ctrl-C cancels the task.

                Arguments:
                  <task>         Such as fs.read.
                  [name=value]…  The task's arguments; one value may go unnamed.

                Options:
                  --json OBJECT      All arguments as one JSON object.
                  --output FORMAT    json: the whole outcome; text: the value (the default).
                  --timeout SECONDS  Give up after this time.
                  --log              Show what the module prints, also where nobody watches.
                  --dev              Development: own state folder and socket, modules from [dev], \
                a REPL.
                  --safe-mode        Only the bundled modules, if another one is in the way.
                  --config PATH      This configuration file, not the usual one.
                  --help             This help, of the command that it stands behind.
                  --version          The version.

                Exit status:
                  0    all went well
                  1    it failed, or the kernel could not be reached
                  2    the command line, or an argument, is wrong
                  3    what was named is not there, or the task found nothing
                  4    the task is not allowed to do this
                  5    the task was not done in time
                  6    the task's module is there, but not in service
                  130  Ctrl-C

                Examples:
                  kernel run fs.read path=README.md
                  kernel run fs.read README.md
                  kernel run fs.list --json '{"path": ".", "depth": 2}' --output json

                """)
    }
}
