import ModuleJSON
import ModuleKit
import Testing

@testable import ModuleKitTesting

/// Has programs run.
private final class Runner: Module {
    static let manifest = Manifest(
        id: "runner", version: "1.0.0", about: "Runs.",
        permissions: .init(execute: ["/usr/bin/git", "/opt/tools"]))
    static let tasks: [TaskOf<Runner>] = [
        TaskOf("log", "What git says.", risk: .read, run: log),
        TaskOf("tool", "Another one.", risk: .read, run: tool),
        TaskOf("pieces", "As they come.", risk: .read, run: pieces),
    ]

    struct Tool: Arguments {
        @Argument("Which.") var path: String
    }

    init(_ host: Host) {}

    func log(_ call: Call) async throws -> String {
        try await call.programs.run("/usr/bin/git", ["log", "-1"], in: "/src", input: [1])
            .expectSuccess().text
    }

    func tool(_ tool: Tool, _ call: Call) async throws -> String {
        "\(try await call.programs.run(tool.path).end)"
    }

    func pieces(_ call: Call) async throws -> String {
        let program = try call.programs.start("/opt/tools/a")
        var text = ""
        for try await piece in program {
            switch piece {
            case .output(let bytes): text += "out \(bytes.count) "
            case .errors(let bytes): text += "err \(bytes.count) "
            }
        }
        return "\(text)\(try program.end())"
    }
}

@Suite struct ProgramsTests {
    private func host(
        _ programs: (@Sendable (ProgramRequest) async throws -> ProgramStandIn)?
    ) throws -> TestHost {
        var outside = Outside()
        outside.programs = programs
        return try TestHost(Runner.self, outside: outside)
    }

    @Test func `a program gets what it was given, and its output is the result`() async throws {
        let host = try host { request in
            #expect(request.program == "/usr/bin/git" && request.arguments == ["log", "-1"])
            #expect(request.folder == "/src" && request.input == [1])
            return .text("a commit")
        }
        #expect(try await host.call("log").text == "a commit")
        try host.close()
    }

    @Test func `a status other than zero is a failure for who wants success`() async throws {
        let host = try host { _ in
            ProgramStandIn(pieces: [.errors(Array("no repository".utf8))], end: .exited(128))
        }
        let outcome = try await host.call("log")
        #expect(outcome.message == "/usr/bin/git ended with status 128: no repository")
        try host.close()
    }

    @Test func `output comes in pieces, and the end after them`() async throws {
        let large = [UInt8](repeating: 1, count: 300_000)
        let host = try host { _ in
            ProgramStandIn(
                pieces: [.output(large), .errors([1]), .output(large)], end: .killed(signal: 9))
        }
        let outcome = try await host.call("pieces")
        #expect(outcome.text == "out 300000 err 1 out 300000 killed(signal: 9)")
        try host.close()
    }

    @Test(arguments: ["/bin/sh", "/usr/bin/gitk", "/opt/toolsmith", "git"])
    func `what the manifest does not name is refused, as in the kernel`(path: String) async throws {
        let host = try host { _ in .text("never") }
        #expect(try await host.call("tool", ["path": .string(path)]).status == .denied)
        #expect(try await host.call("tool", ["path": "/opt/tools/x"]).text == "exited(0)")
        try host.close()
    }
}
