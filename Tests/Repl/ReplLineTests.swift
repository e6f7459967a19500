import ClientTesting
import KernelClient
import KernelRepl
import KernelWire
import ModuleJSON
import Testing

struct ReplLineTests {
    @Test(arguments: [
        ("", ReplLine.nothing), ("   ", .nothing), ("# a comment 'with", .nothing),
        ("/modules", .modules), ("/modules fs", .module("fs")),
        ("/module reload broken", .reload("broken")), ("/module lift fs", .lift("fs")),
        ("/tasks", .tasks),
        ("/cancel 12", .cancel(12)), ("/config", .configuration),
        ("/log", .log(count: 20, module: nil)), ("/log 5 fs", .log(count: 5, module: "fs")),
        ("/log kernel", .log(count: 20, module: "kernel")), ("/help", .help(.everything)),
        ("/help /log", .help(.command("/log"))), ("/help log", .help(.command("/log"))),
        ("/help fs", .help(.module("fs"))), ("/help fs.read", .help(.task("fs.read"))),
        ("/quit", .quit), ("/task", .tasks), ("/task show t1a", .task(.show, id: "t1a")),
        ("/task wait 9f2", .task(.wait, id: "9f2")), ("/cancel t1a", .task(.cancel, id: "t1a")),
        ("/task retry t1a", .task(.retry, id: "t1a")),
        ("/task output t1a", .task(.output, id: "t1a")),
        ("fs.read x &", .submit(RunCall(task: "fs.read", arguments: ["path": "x"]))),
        ("/task submit fs.read x", .submit(RunCall(task: "fs.read", arguments: ["path": "x"]))),
        ("art.ping &", .submit(RunCall(task: "art.ping", arguments: [:]))),
        ("art.echo a b &", .submit(RunCall(task: "art.echo", text: "a b "))),
        ("art.echo a \\&", .call(RunCall(task: "art.echo", text: "a \\&"))),
        ("art.echo a&", .call(RunCall(task: "art.echo", text: "a&"))),
    ])
    func `commands are understood`(line: String, expected: ReplLine) throws {
        #expect(try ReplLine(line, Samples.known) == expected)
    }

    @Test(arguments: [
        ("/modlues", #"there is no command "/modlues"; did you mean "/modules"?"#),
        ("/frobnicate", #"there is no command "/frobnicate"; /help lists all"#),
        ("/modules fz", #"there is no module "fz"; did you mean "fs"?"#),
        ("/quit now", #""now" is too much: /quit"#),
        (
            "/module fs",
            "write /module reload <id> or /module lift <id>; /modules fs tells about modules"
        ),
        (
            "/module reload",
            "write /module reload <id> or /module lift <id>; /modules reload tells about modules"
        ),
        (
            "/cancel it",
            "/cancel <call | task> takes the number of a call or the id of a task, as /tasks lists "
                + "them"
        ),
        ("/task shwo t1a", #"there is no "/task shwo"; did you mean "show"?"#),
        ("/task show", "/task show needs the id of a task, as /tasks lists it"),
        (
            "/task submit",
            "write /task submit <module>.<task> …, such as /task submit fs.list path=."
        ),
        ("/log 0", "/log shows 1 to 2000 lines, not 0"),
        ("/help fs.reed", #"the module "fs" has no task "reed"; did you mean "read"?"#),
    ])
    func `what is not is named`(line: String, problem: String) {
        #expect(throws: CommandProblem(problem)) { try ReplLine(line, Samples.known) }
    }

    @Test func `without modules the way to one is shown`() {
        let problem =
            "there is no module \"fs\": none is in service. kernel module new fs makes one"
        #expect(throws: CommandProblem(problem)) { try ReplLine("fs.read x", KnownModules()) }
    }
}
