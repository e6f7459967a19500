import KernelBase
import ModuleJSON
import Testing

@testable import KernelApprovals

@Suite struct ApprovalPolicyTests {
    private let ground = ApprovalGround(
        roots: ["/home/ann/work", "/home/ann/.notes"],
        own: ["/home/ann/.config/kernel", "/home/ann/work/kernel-state"], home: "/home/ann")

    private func deed(
        _ risk: Risk, _ files: String..., goesOut: Bool = false, isMemory: Bool = false
    ) -> ApprovalDeed {
        ApprovalDeed(
            module: "fs", task: "fs.do", risk: risk,
            arguments: ["paths": .array(files.map { .string($0) })], files: files,
            goesOut: goesOut, isMemory: isMemory)
    }

    private func decide(
        _ deed: ApprovalDeed, tainted: Bool = false, client: String = "tty1", chat: Int64 = 1,
        rules: [ApprovalRule] = []
    ) -> ApprovalDecision {
        ApprovalPolicy(ground, rules).decide(
            deed, ApprovalSituation(client: client, chat: chat, isTainted: tainted))
    }

    // MARK: Without rules

    @Test(arguments: [Risk.read, .write])
    func `files inside are read and written without asking`(risk: Risk) {
        #expect(decide(deed(risk, "/home/ann/work/a.txt")) == .allowed)
        #expect(decide(deed(risk, "/home/ann/work")) == .allowed)
        #expect(decide(deed(risk, "/home/ann/.notes/a.txt")) == .allowed)
        #expect(decide(deed(risk, "/home/ann/work/a.txt"), tainted: true) == .allowed)
    }

    @Test(arguments: [
        ("/home/ann/workshop/a", ApprovalReason.outside("/home/ann/workshop/a")),
        ("/etc/passwd", .outside("/etc/passwd")),
        ("/home/ann/work/.git/config", .hidden("/home/ann/work/.git/config")),
        ("/home/ann/work/.ssh/id", .keys("/home/ann/work/.ssh/id")),
        (
            "/home/ann/.config/autostart/x.desktop",
            .startFiles("/home/ann/.config/autostart/x.desktop")
        ),
        ("/home/ann/work/.envrc", .startFiles("/home/ann/work/.envrc")),
        (
            "/home/ann/.config/kernel/kernel.toml",
            .kernelFiles("/home/ann/.config/kernel/kernel.toml")
        ),
        (
            "/home/ann/work/kernel-state/kernel.db",
            .kernelFiles("/home/ann/work/kernel-state/kernel.db")
        ),
        ("/home/ann/.notes/.keys/a", .hidden("/home/ann/.notes/.keys/a")),
    ])
    func `what lies elsewhere or is private asks`(file: String, reason: ApprovalReason) {
        for risk in [Risk.read, .write] { #expect(decide(deed(risk, file)) == .asks([reason])) }
        #expect(decide(deed(.read, "/home/ann/work/a", file)) == .asks([reason]))
    }

    @Test func `a task without files reads without asking, and asks to change`() {
        #expect(decide(deed(.read)) == .allowed)
        #expect(decide(deed(.write)) == .asks([.change]))
        #expect(decide(deed(.danger)) == .asks([.danger]))
        #expect(decide(deed(.danger, "/home/ann/work/a")) == .asks([.danger]))
        #expect(decide(deed(.read, goesOut: true)) == .asks([.goesOut]))
        #expect(decide(deed(.write, isMemory: true)) == .asks([.memory]))
    }

    // MARK: Rules

    @Test func `a rule opens a folder for its task, client and chat only`() {
        let outside = deed(.write, "/srv/site/a/b.html")
        let rules = ApprovalRule.rules(for: outside, by: "tty1", in: 1)
        #expect(rules.map(\.pattern) == [.files(in: "/srv/site/a")])
        #expect(decide(deed(.write, "/srv/site/a/c/d.html"), rules: rules) == .allowed)
        for (file, client, chat) in [
            ("/srv/site/c.html", "tty1", Int64(1)), ("/srv/site/a/c.html", "tty2", 1),
            ("/srv/site/a/c.html", "tty1", 2),
        ] {
            #expect(
                decide(deed(.write, file), client: client, chat: chat, rules: rules)
                    == .asks([.outside(file)]))
        }
        let always = ApprovalRule.rules(for: outside, by: "tty1", in: nil)
        #expect(decide(deed(.write, "/srv/site/a/c.html"), chat: 7, rules: always) == .allowed)
        let other = ApprovalDeed(
            module: "fs", task: "fs.other", risk: .write, arguments: [:],
            files: ["/srv/site/a/c.html"])
        #expect(decide(other, rules: always) == .asks([.outside("/srv/site/a/c.html")]))
    }

    @Test func `a rule about a folder opens nothing private in it`() {
        let rules = ApprovalRule.rules(
            for: deed(.write, "/home/ann/a.txt"), by: "tty1", in: nil)
        #expect(decide(deed(.write, "/home/ann/b.txt"), rules: rules) == .allowed)
        for file in ["/home/ann/.bashrc", "/home/ann/.ssh/id", "/home/ann/.config/kernel/x"] {
            #expect(decide(deed(.write, file), rules: rules) != .allowed)
        }
        let hidden = "/home/ann/.cache/x"
        #expect(decide(deed(.write, hidden), rules: rules) == .asks([.outside(hidden)]))
    }

    @Test func `what cannot be undone is allowed again only as it was`() {
        let danger = deed(.danger, "/home/ann/work/a")
        let rules = ApprovalRule.rules(for: danger, by: "tty1", in: nil)
        #expect(decide(danger, rules: rules) == .allowed)
        #expect(decide(deed(.danger, "/home/ann/work/b"), rules: rules) == .asks([.danger]))
    }

    @Test func `after text from elsewhere, what was allowed asks again`() {
        for deed in [
            deed(.danger, "/home/ann/work/a"), deed(.read, goesOut: true),
            deed(.write, isMemory: true),
        ] {
            let rules = ApprovalRule.rules(for: deed, by: "tty1", in: nil)
            #expect(decide(deed, rules: rules) == .allowed)
            #expect(decide(deed, tainted: true, rules: rules) == .asks([.untrusted]))
        }
    }

    // MARK: Which arguments are paths

    @Test func `paths are found by the schema, at any depth`() throws {
        let schema = try JSON(
            parsing: #"""
                {"type":"object","properties":{"path":{"type":"string","format":"path"},
                "text":{"type":"string"},"more":{"type":"array","items":{"type":"object",
                "properties":{"to":{"type":"string","format":"path"}}}}}}
                """#)
        let arguments: JSONObject = [
            "path": "a", "text": "/etc/passwd", "more": [["to": "b"], ["to": "c"], "d"],
        ]
        #expect(ApprovalDeed.paths(in: arguments, by: schema).sorted() == ["a", "b", "c"])
        #expect(ApprovalDeed.paths(in: arguments, by: nil) == [])
    }
}
