import KernelSystem
import KernelTesting
import Testing

/// `kernel setup` as a program.
@Suite(.timeLimit(.minutes(4)))
struct SetupProgramTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    @Test(.enabled(if: Tmux.exists))
    func `a person at a terminal is asked once, and may choose nothing`() throws {
        let program = try Program.built("kernel")
        let tmux = try Tmux(home, "'\(program)' setup; echo status $?")
        try tmux.wait("what setup says") { $0.contains { $0.contains("Your choice [1]:") } }
        try tmux.type("'no' Enter")
        try tmux.wait("what setup says") { $0.contains { $0.contains("A number from 1 to") } }
        // The last one is nothing.
        let last = try tmux.screen.last { $0.contains("nothing for now") } ?? ""
        try tmux.type("'\(last.prefix { $0 == " " || $0.isNumber }.filter(\.isNumber))' Enter")
        try tmux.wait("what setup says") { $0.contains("status 1") }
        #expect(!Files.exists(home.configuration))
        #expect(try tmux.screen.contains { $0.contains("No model, then.") })
    }

    @Test func `without a terminal it is said how to get a model, and nothing is fetched`() throws {
        let ended = try home.run(["setup"])
        #expect(ended.status == .exited(code: 1))
        #expect(ended.output.contains("commands work, chats do not"), "\(ended.output)")
        #expect(!Files.exists(home.configuration))
    }

    @Test func `a model that is configured is found`() throws {
        let server = try ModelServer()
        let text = "[chat]\nmodel = \"here/small\"\n\(server.provider())"
        try home.configure(text)
        let ended = try home.run(["setup"])
        #expect(ended.status == .exited(code: 0), "\(ended.errors)")
        #expect(ended.output.contains("here/small"))
        let left = try Files.read(home.configuration, bytesMax: 1 << 20)
        #expect(String(decoding: left, as: UTF8.self) == text)
    }
}
