import ClientTesting
import KernelClient
import KernelRepl
import KernelWire
import ModuleJSON
import Testing

struct TaskInputTests {
    private static func arguments(_ line: String) throws -> JSON {
        guard case .call(let run) = try ReplLine(line, Samples.known) else { return .null }
        return run.arguments ?? .null
    }

    @Test(arguments: [
        ("fs.read path=README.md", #"{"path":"README.md"}"#),
        ("fs.read README.md", #"{"path":"README.md"}"#),
        ("fs.read lines=5 README.md", #"{"lines":5,"path":"README.md"}"#),
        ("fs.read 'a b' numbers=yes", #"{"numbers":true,"path":"a b"}"#),
        ("fs.read x numbers=off", #"{"numbers":false,"path":"x"}"#),
        ("fs.read 12", #"{"path":"12"}"#), ("fs.list src", #"{"path":"src"}"#),
        ("fs.list", "{}"), ("art.ping", "{}"), ("art.draw square", #"{"shape":"square"}"#),
        ("art.draw sides=1,2,3", #"{"sides":[1,2,3]}"#),
        ("art.draw sides=[4] sides=5", #"{"sides":[4,5]}"#), ("art.draw sides=", #"{"sides":[]}"#),
        ("art.draw names=a,b", #"{"names":["a","b"]}"#),
        (#"art.draw 'names=["a,b"]'"#, #"{"names":["a,b"]}"#),
        (#"art.draw names='["a,b"]'"#, #"{"names":["a,b"]}"#),
        ("art.draw scale=1.5e1", #"{"scale":15.0}"#), ("art.draw scale=2", #"{"scale":2}"#),
        (#"art.draw style='{"a": 1}'"#, #"{"style":{"a":1}}"#),
        ("art.draw title=null size=big", #"{"title":null,"size":"big"}"#),
        ("art.draw title='' size=7", #"{"title":"","size":7}"#),
        (#"fs.read --json {"path": "a b"}"#, #"{"path":"a b"}"#),
        (#"fs.read --json '{"path": "a b"}'"#, #"{"path":"a b"}"#),
    ])
    func `arguments become what the schema says`(line: String, json: String) throws {
        #expect(try Self.arguments(line) == JSON(parsing: json))
    }

    @Test func `a task that takes text gets the rest of the line as it is`() throws {
        let line = try ReplLine(#"art.echo  it's "so"  "#, Samples.known)
        #expect(line == .call(RunCall(task: "art.echo", text: #"it's "so"  "#)))
        #expect(throws: CommandProblem("art.echo takes text, not JSON: leave --json out")) {
            let task = try Samples.known.task("art.echo")
            _ = try TaskInput(task).run(json: "{}")
        }
    }

    @Test(arguments: [
        ("fs.read", #"fs.read: "path" is missing: The file to read."#),
        ("fs.read pth=x", #"fs.read has no argument "pth"; did you mean "path"?"#),
        ("fs.read colour=x", #"fs.read has no argument "colour"; it takes path, lines, numbers"#),
        ("fs.read x lines=ten", #""lines" must be a whole number, but is "ten""#),
        ("fs.read x lines=500", #"fs.read: "lines" must be at most 100, but is 500"#),
        ("fs.read x numbers=maybe", #""numbers" must be yes or no, but is "maybe""#),
        ("fs.read path=a path=b", #""path" is given twice"#),
        ("fs.read a path=b", #""a" needs a name: write name=value"#),
        (
            "fs.read My File.txt",
            #""File.txt" needs a name: write name=value, or quotes around a value with spaces: "#
                + #"path="My File.txt""#
        ),
        ("art.ping now", "art.ping takes no arguments"),
        ("art.ping when=now", "art.ping takes no arguments"),
        (
            "art.draw shape=sqare",
            #""shape" must be one of circle, square, but is "sqare"; did you mean "square"?"#
        ),
        ("art.draw sides=1,two", #""sides" must be a whole number, but is "two""#),
        ("fs.read --json 5", "what follows --json must be an object, but is 5"),
        ("fs.read --json '{}' x", #"--json takes one object: "x" is too much"#),
        ("fs.raed x", #"the module "fs" has no task "raed"; did you mean "read"?"#),
        ("sf.read x", #"there is no task "sf.read"; did you mean "fs.read"?"#),
        ("fs.frobnicate", #"the module "fs" has no task "frobnicate"; it has list, read"#),
        ("zoo.feed", #"there is no module "zoo"; there are art, broken, fs"#),
        ("broken.go", #"the module "broken" is not in service (failed): the entry is missing"#),
        ("help", #"there is no task "help"; /help lists all"#),
        ("art", #"there is no task "art"; /help lists all"#),
        ("fs.read 'x", "The quote ' is not closed. To mean the character itself, write \\'"),
    ])
    func `what is wrong is named, with a suggestion`(line: String, problem: String) {
        let thrown = #expect(throws: CommandProblem.self) { try ReplLine(line, Samples.known) }
        #expect(thrown?.description == problem)
        #expect(thrown?.isOutOfService == line.hasPrefix("broken."))
    }

    @Test(arguments: [
        (
            #"art.draw style=5"#,
            #""style" must be a JSON object, such as {"name": "value"}: it is 5"#
        ),
        ("art.draw sides=[1", #""sides" is not a JSON list: "#),
        ("fs.read --json {", "what follows --json is not JSON: "),
    ])
    func `text that should be JSON is refused with what JSON says`(line: String, start: String) {
        let problem = #expect(throws: CommandProblem.self) { try ReplLine(line, Samples.known) }
        #expect(
            problem?.description.hasPrefix(start) == true, "\(problem?.description ?? "nothing")")
    }
}
