import Glibc
import ModuleJSON
import ModuleKit
import ModuleKitTesting
import Testing

@testable import FilesystemLogic

/// The module as the kernel sees it: through the tables of the contract.
@Suite struct TaskTests {
    private let scratch = Scratch()

    private func host(hidden: Bool = false) throws -> TestHost {
        try TestHost(
            Filesystem.self,
            configuration: [
                "roots": [.string(scratch.work)], "hidden": .bool(hidden),
                "journal": .string(scratch.journalPath.description),
            ])
    }

    @Test func `every task says its mode and risk, and describes each argument`() throws {
        let host = try host()
        let tasks = try #require(host.manifest["tasks"]?.array)
        #expect(
            tasks.map { $0["name"] }
                == ["list", "read", "stat", "search", "write", "edit", "undo", "changes"])
        for task in tasks {
            #expect(task["mode"] == "thread")
            let writes = ["write", "edit", "undo"].contains(task["name"]?.string)
            #expect(task["risk"] == (writes ? "write" : "read"))
            #expect(task["idempotent"] == .bool(!writes))
            let properties = try #require(task["arguments"]?["properties"]?.object)
            for (name, property) in properties {
                #expect(property["description"]?.string?.isEmpty == false, "\(name)")
            }
        }
        try host.close()
    }

    @Test func `it is not well while none of its roots is there`() throws {
        let host = try host()
        try host.checkHealth()
        let moved = scratch.work + ".moved"
        try #require(rename(scratch.work, moved) == 0)
        let problem = #expect(throws: (any Error).self) { try host.checkHealth() }
        #expect("\(problem.map { "\($0)" } ?? "")".contains("None of its roots can be used"))
        try #require(rename(moved, scratch.work) == 0)
        try host.checkHealth()
        try host.close()
    }

    @Test func `a file is written, listed, read, edited, and all of it taken back`() async throws {
        let host = try host()
        let written = try await host.call(
            "write", ["path": "x/a", "text": "one\n", "parents": true])
        #expect(written.json?["change"] == 1)
        #expect(written.json?["created"] == true)
        #expect(written.json?["sha256"]?.string == Hash(Array("one\n".utf8)).description)
        let listed = try await host.call("list", ["depth": 2])
        #expect(listed.json?["path"] == .string(scratch.work))
        #expect(listed.json?["entries"]?.array?.map { $0["name"] } == ["x", "x/a"])
        #expect(listed.json?["entries"]?[1]?["size"] == 4)
        let edited = try await host.call("edit", ["path": "x/a", "old": "one", "new": "two"])
        #expect(edited.json?["edits"] == [["replaced": 1, "line": 1]])
        #expect(try await host.call("read", ["path": "x/a", "numbers": true]).text == "1\ttwo\n")
        let changes = try await host.call("changes")
        #expect(changes.json?["changes"]?.array?.map { $0["kind"] } == ["edit", "write"])
        #expect(changes.json?["changes"]?[1]?["sizeBefore"] == nil)
        #expect(try await host.call("undo").json?["change"] == 3)
        #expect(scratch.read("work/x/a") == "one\n")
        #expect(try await host.call("undo").json?["removed"] == true)
        #expect(try scratch.names("work").isEmpty)
        let undone = try await host.call("changes").json?["changes"]?.array?.map { $0["undone"] }
        #expect(undone == [nil, nil, true, true])
        #expect(try await host.call("undo").status == .notFound)
        try host.close()
    }

    @Test func `several edits at once are made in one change`() async throws {
        scratch.write("work/a", "one two two")
        let host = try host()
        let outcome = try await host.call(
            "edit",
            [
                "path": "a",
                "edits": [
                    ["old": "one", "new": "1"], ["old": "two", "new": "2", "all": true],
                ],
            ])
        #expect(outcome.json?["edits"]?.array?.map { $0["replaced"] } == [1, 2])
        #expect(scratch.read("work/a") == "1 2 2")
        let both = try await host.call(
            "edit", ["path": "a", "old": "1", "new": "2", "edits": [["old": "1", "new": "2"]]])
        #expect(both.status == .invalid)
        #expect(try await host.call("edit", ["path": "a", "old": "1"]).status == .invalid)
        try host.close()
    }

    @Test func `what stat says is what write takes as expectation`() async throws {
        scratch.write("work/a", "one")
        let host = try host()
        let status = try await host.call("stat", ["path": "a", "hash": true]).json
        #expect(status?["type"] == "text")
        #expect(status?["mode"] == "0644")
        let arguments: JSON = [
            "path": "a", "text": "two", "expectHash": status?["sha256"] ?? nil,
            "expectModified": status?["modified"] ?? nil,
        ]
        #expect(try await host.call("write", arguments).isOK)
        #expect(try await host.call("write", arguments).status == .busy)
        try host.close()
    }

    @Test func `a link is described with what it leads to`() async throws {
        scratch.write("work/a", "one")
        scratch.link("work/near", to: "a")
        scratch.link("work/far", to: "\(scratch.path)/outside")
        let host = try host()
        let near = try await host.call("stat", ["path": "near"]).json
        #expect(near?["kind"] == "link" && near?["target"] == "a")
        #expect(near?["leadsTo"] == .string("\(scratch.work)/a: file"))
        let far = try await host.call("stat", ["path": "far"]).json
        #expect(far?["leadsTo"]?.string?.contains("outside the allowed roots") == true)
        try host.close()
    }

    @Test func `matches are delivered as they are found, and the result sums up`() async throws {
        scratch.write("work/a", "one\ntwo\none\n")
        scratch.write("work/b", "one\n")
        let host = try host()
        let outcome = try await host.call("search", ["text": "one"])
        #expect(outcome.outputs == ["a:1:one\n", "a:3:one\n", "b:1:one\n"])
        #expect(outcome.json?["matches"] == 3)
        #expect(outcome.json?["filesWithMatches"] == 2)
        #expect(outcome.json?["stopped"] == nil)
        try host.close()
    }

    @Test func `a search that takes long can be cancelled`() async throws {
        for folder in 0..<20 {
            scratch.makeFolder("work/\(folder)")
            for file in 0..<100 {
                scratch.write("work/\(folder)/\(file)", String(repeating: "x\n", count: 500))
            }
        }
        let host = try host()
        let call = try host.begin("search", ["pattern": "(x|y)+z"])
        call.cancel()
        #expect(try await call.outcome().status == .cancelled)
        try host.close()
    }

    @Test func `refusals keep their kind and say what to do`() async throws {
        scratch.write("work/.hidden", "")
        let host = try host()
        for (task, path, status) in [
            ("read", "/etc/passwd", Failure.Status.denied), ("read", "missing", .notFound),
            ("read", ".hidden", .denied), ("list", "missing", .notFound), ("stat", "..", .denied),
            ("read", ".", .invalid), ("search", "/", .denied),
        ] {
            let arguments: JSON =
                task == "search"
                ? ["path": .string(path), "text": "x"] : ["path": .string(path)]
            let outcome = try await host.call(task, arguments)
            #expect(outcome.status == status, "\(task) \(path): \(outcome.message)")
            #expect(outcome.message.hasSuffix("."))
        }
        #expect(try await host.call("list", ["hidden": true]).status == .denied)
        #expect(try await host.call("list", ["depth": 0]).status == .invalid)
        try host.close()
        let open = try self.host(hidden: true)
        #expect(try await open.call("read", ["path": ".hidden"]).isOK)
        #expect(try await open.call("list", ["hidden": true]).json?["entries"]?.array?.count == 1)
        try open.close()
    }

    @Test func `a configuration that cannot be used is refused, and the one before stays`()
        async throws
    {
        let host = try host()
        let unusable: [JSON] = [
            ["roots": ["relative"]], ["roots": []], ["journal": "relative"],
            ["journalEntries": 0], ["unknown": 1],
        ]
        for configuration in unusable {
            #expect(throws: Failure.self) { try host.configure(configuration) }
        }
        #expect(try await host.call("list").json?["path"] == .string(scratch.work))
        try host.configure([
            "roots": [.string("\(scratch.path)/outside")],
            "journal": .string(scratch.journalPath.description),
        ])
        let path = try await host.call("list").json?["path"]
        #expect(path == .string("\(scratch.path)/outside"))
        try host.close()
    }

    @Test func `without roots it works in the folder that it was started in`() async throws {
        let host = try TestHost(
            Filesystem.self,
            configuration: ["journal": .string(scratch.journalPath.description)])
        let path = try await host.call("list", ["limit": 1]).json?["path"]?.string
        #expect(path == Door.currentFolder()?.description)
        try host.close()
    }
}
