import KernelSystem
import KernelTesting
import Testing

/// Chat as a person at a terminal sees it.
@Suite(.timeLimit(.minutes(3)))
struct ChatTerminalTests {
    private let home: KernelHome
    private let server: ModelServer

    init() throws {
        home = try KernelHome()
        server = try ModelServer()
        try home.configure("[chat]\nmodel = \"here/small\"\n\(server.provider())")
    }

    private func begin() throws -> LiveTerminal {
        let terminal = try LiveTerminal(home, [])
        try terminal.waitForPrompt()
        return terminal
    }

    private func end(_ terminal: LiveTerminal) throws {
        try terminal.terminal.type("\u{15}\u{4}")
        #expect(try terminal.waitForEnd() == .exited(code: 0))
    }

    @Test func `an answer comes above the line that is being typed`() throws {
        let terminal = try begin()
        try terminal.type("hold")
        try terminal.wait { $0.suffix(2) == ["1 small", ">"] }
        try terminal.terminal.type("fs.list pa")
        try terminal.wait { $0.suffix(3) == ["> hold", "1 small", "> fs.list pa"] }
        server.letGo()
        try terminal.wait { $0.suffix(3) == ["> hold", "1 small: hold", "> fs.list pa"] }
        try end(terminal)
    }

    @Test func `a line that is entered meanwhile is kept, and the answer goes on below`() throws {
        let terminal = try begin()
        try terminal.type("hold")
        try terminal.wait { $0.suffix(2) == ["1 small", ">"] }
        try terminal.type("more")
        try terminal.wait { lines in
            lines.suffix(2) == ["1 small", ">"] && lines.contains { $0.contains("still answering") }
        }
        server.letGo()
        try terminal.wait { $0.suffix(2) == ["1 small: hold", ">"] }
        try end(terminal)
    }

    @Test func `Ctrl-C ends the answer, keeps what came, and the next model goes on`() throws {
        let terminal = try begin()
        try terminal.type("hold")
        try terminal.wait { $0.suffix(2) == ["1 small", ">"] }
        try terminal.terminal.type("\u{3}")
        try terminal.wait { $0.suffix(3) == ["1 small", "Cancelled.", ">"] }
        try terminal.type("/model here/large")
        try terminal.waitForLine(with: "The model here is here/large, on this machine")
        try terminal.type("and now?")
        try terminal.wait { $0.suffix(2) == ["3 large: and now?", ">"] }
        try terminal.type("/new")
        try terminal.waitForLine(with: "A new chat begins.")
        try terminal.type("again")
        try terminal.wait { $0.suffix(2) == ["1 large: again", ">"] }
        try end(terminal)
    }

    @Test func `a wait counts down, and Ctrl-C ends it`() throws {
        let terminal = try begin()
        try terminal.type("busy")
        try terminal.waitForLine(with: "asked again in 39 s (2 of 4)   Ctrl-C cancels")
        try terminal.terminal.type("\u{3}")
        try terminal.wait { lines in
            lines.suffix(3) == ["Cancelled.", "What you said is not part of the chat.", ">"]
                && !lines.contains { $0.contains("Ctrl-C cancels") }
        }
        try end(terminal)
    }

    @Test func `models are listed and completed, and mistakes in tasks are still told`() throws {
        let terminal = try begin()
        try terminal.type("/model")
        try terminal.waitForLine(with: "*  here/small")
        try terminal.terminal.type("/model here/la\t")
        try terminal.wait { $0.last == "> /model here/large" }
        try terminal.terminal.type("\u{15}")
        for (line, answer) in [
            ("/model lar", "here/large"), ("/model zzz", "No model has \"zzz\" in its name."),
            ("fs.reed x", "did you mean \"read\"?"), ("help", "there is no task \"help\""),
            ("/model default here/large", "The default, and the model here, is here/large"),
            ("notes.txt is broken, why?", "1 large: notes.txt is broken, why?"),
        ] {
            try terminal.type(line)
            try terminal.waitForLine(with: answer)
        }
        try end(terminal)
    }
}
