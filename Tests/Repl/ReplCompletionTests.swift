import ClientTesting
import KernelClient
import KernelSystem
import KernelTerminal
import KernelTesting
import KernelWire
import Testing

@testable import KernelRepl

struct ReplCompletionTests {
    private static func complete(_ text: String, in folder: String = "/nowhere") -> [String] {
        var recent = RecentTasks()
        recent.see([
            TaskView(id: "t1a", task: "fs.read", state: "done", submitter: "x", created: 1),
            TaskView(id: "t1b", task: "fs.list", state: "running", submitter: "x", created: 2),
        ])
        let completion = ReplCompletion(
            Samples.known, recent, FolderNames(folder: folder, home: "/nowhere"))
        let result = completion.complete(text, at: text.utf8.count)
        let start = String(decoding: text.utf8.prefix(result.range.lowerBound), as: UTF8.self)
        return result.candidates.map { start + $0.text + $0.suffix }
    }

    @Test(arguments: [
        ("f", ["fs."]), ("fs.", ["fs.list ", "fs.read "]), ("fs.r", ["fs.read "]), ("x", []),
        ("/mod", ["/model ", "/modules ", "/module "]), ("/t", ["/tasks", "/task "]),
        ("/task s", ["/task submit ", "/task show "]),
        ("/task show ", ["/task show t1b ", "/task show t1a "]),
        ("/task cancel t", ["/task cancel t1b "]), ("/task retry ", ["/task retry t1a "]),
        ("/cancel t1", ["/cancel t1b "]), ("/task submit f", ["/task submit fs."]),
        ("/task submit fs.r", ["/task submit fs.read "]),
        ("/task submit fs.read l", ["/task submit fs.read lines="]), ("/task show t1a ", []),
        (
            "/modules ",
            [
                "/modules art ", "/modules broken ", "/modules fs ",
            ]
        ),
        ("/module ", ["/module lift ", "/module reload "]),
        ("/module reload f", ["/module reload fs "]), ("/module lift f", ["/module lift fs "]),
        ("/help /q", ["/help /quit"]), ("/help fs.l", ["/help fs.list "]), ("/tasks ", []),
        ("fs.read ", ["fs.read path=", "fs.read lines=", "fs.read numbers="]),
        ("fs.read l", ["fs.read lines="]),
        ("fs.read path=x ", ["fs.read path=x lines=", "fs.read path=x numbers="]),
        ("fs.read numbers=", ["fs.read numbers=true ", "fs.read numbers=false "]),
        ("art.draw shape=s", ["art.draw shape=square "]), ("art.draw nothing=", []),
        ("art.echo ", []), ("fs.read --j", ["fs.read --json "]), ("nothing.here ", []),
    ])
    func `a line goes on with what is known`(text: String, lines: [String]) {
        #expect(Self.complete(text) == lines)
    }

    @Test func `an empty line offers modules and commands`() {
        let all = Self.complete("")
        #expect(all.prefix(3) == ["art.", "broken.", "fs."])
        #expect(all.contains("/quit"))
    }

    @Test func `paths are read from the folder that is typed`() throws {
        let folder = try TemporaryFolder("paths")
        for name in ["README.md", "Read me.txt", ".hidden"] {
            try Files.replace(folder.file(name), with: [])
        }
        try Files.makeDirectories(folder.file("src/inner"))
        let cases: [(String, [String])] = [
            ("fs.read path=R", ["fs.read path=README.md ", #"fs.read path=Read\ me.txt "#]),
            ("fs.read path='Read m", [#"fs.read path=Read\ me.txt "#]),
            (#"fs.read path=Read\ "#, [#"fs.read path=Read\ me.txt "#]),
            ("fs.read 'path=Read m", [#"fs.read path=Read\ me.txt "#]),
            ("fs.read path=s", ["fs.read path=src/"]),
            ("fs.read path=src/", ["fs.read path=src/inner/"]),
            ("fs.read path=.h", ["fs.read path=.hidden "]), ("fs.read s", ["fs.read src/"]),
            ("fs.read path=\(folder.path)/s", ["fs.read path=\(folder.path)/src/"]),
            ("fs.read lines=R", []),
        ]
        for (text, lines) in cases {
            #expect(Self.complete(text, in: folder.path) == lines, "\(text)")
        }
    }

    @Test func `the cursor may stand before the end`() {
        let completion = ReplCompletion(
            Samples.known, RecentTasks(), FolderNames(folder: "/", home: "/"))
        let result = completion.complete("fs.re path=x", at: 5)
        #expect(result.range == 0..<5)
        #expect(result.candidates.map(\.text) == ["fs.read"])
    }
}
