import ModuleJSON
import ModuleKit
import ModuleKitTesting
import Testing

@testable import AppsLogic

/// The module as the kernel sees it, on the machine that runs the tests.
struct AppsTests {
    @Test func `what is installed is listed`() async throws {
        let host = try TestHost(Apps.self)
        let outcome = try await host.call("list", ["all": true, "limit": 3])
        let listed = try #require(outcome.json?["applications"]?.array)
        let total = try #require(outcome.json?["total"]?.integer)
        #expect(listed.count == min(3, Int(total)))
        let nothing = try await host.call("find", ["query": "no such application 4711"])
        #expect(nothing.json == ["applications": [], "total": 0])
        try host.close()
    }

    @Test func `it is not well while the terminal that was chosen is missing`() throws {
        let host = try TestHost(Apps.self)
        try host.checkHealth()
        try host.close()
        let other = try TestHost(Apps.self, configuration: ["terminal": "no-such-terminal"])
        let problem = #expect(throws: (any Error).self) { try other.checkHealth() }
        #expect("\(problem.map { "\($0)" } ?? "")".contains("no-such-terminal"))
        try other.close()
    }

    private static let mistakes: [(String, JSON, String)] = [
        ("launch", ["app": "no such application 4711"], "apps.find"),
        ("open", ["target": "README.md"], "neither a full path nor a URL"),
        ("open", ["target": "/nowhere/a"], "there is no file /nowhere/a"), ("open", [:], "target"),
        ("find", ["query": ""], "query"), ("list", ["limit": 0], "limit"),
    ]

    @Test(arguments: mistakes)
    func `what cannot be done says why`(task: String, arguments: JSON, said: String) async throws {
        let host = try TestHost(Apps.self, configuration: ["terminal": "xterm"])
        let outcome = try await host.call(task, arguments)
        #expect(outcome.status == .invalid || outcome.status == .notFound)
        #expect(outcome.message.contains(said))
        try host.close()
    }
}
