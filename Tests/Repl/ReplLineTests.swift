import ClientTesting
import KernelClient
import KernelRepl
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
        ("/quit", .quit),
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
        ("/cancel it", "/cancel <call> takes the number of a call, as /tasks lists it"),
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
