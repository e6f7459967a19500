import KernelSystem
import KernelTesting
import Testing

/// The REPL of a kernel in another process, as a person sees it.
@Suite(.enabled(if: Tmux.exists), .timeLimit(.minutes(3)))
struct AttachedTerminalTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    private func begin() throws -> Tmux {
        let kernel = try Program.built("kernel")
        let terminal = try Tmux(
            home,
            "stty -a > before; \(kernel); echo status $?; stty -a > after; "
                + "cmp before after && echo the terminal is as it was", columns: 100)
        try terminal.wait("the prompt") { $0.last == ">" }
        return terminal
    }

    @Test func `it says that it is attached, and leaves the kernel running`() throws {
        let kernel = try home.serve()
        let terminal = try begin()
        let header = "process \(kernel.process), attached: /quit leaves it running"
        #expect(try terminal.screen[0] == "kernel 0.1.0  \(header)")
        try terminal.type("/quit Enter")
        try terminal.wait("the end") { $0.contains("status 0") }
        try terminal.wait(last: ["the terminal is as it was"])
        #expect(try home.run(["run", "fs.list"]).status == .exited(code: 0))
        kernel.signal(SignalNumber.terminate)
        #expect(try kernel.waitForEnd().status == .exited(code: 0))
    }

    @Test func `the line being typed outlives the kernel, and goes to the next one`() throws {
        try home.install("waiting")
        let first = try home.serve()
        let terminal = try begin()
        try terminal.type("'waiting.thread heed' Enter")
        try terminal.wait("the call to run") { $0.contains("waiting") }
        try terminal.type("'fs.search text=th'")
        try terminal.wait(last: ["> fs.search text=th"])
        first.signal(SignalNumber.kill)
        _ = try first.waitForEnd()
        let alone = try terminal.wait("what happened") { screen in
            screen.last?.hasPrefix("no kernel, next try in ") == true
                && screen.last?.hasSuffix("> fs.search text=th") == true
        }
        #expect(alone.contains("waiting.thread is lost: the kernel has gone away"))
        let gone = "The kernel (process \(first.process)) has gone away. Looking for the next one."
        #expect(alone.contains(gone))
        let second = try home.serve()
        let header = "kernel 0.1.0  process \(second.process), "
        try terminal.wait("the next kernel") { screen in
            screen.contains("Connected again.") && screen.last == "> fs.search text=th"
                && screen.contains { $0.hasPrefix(header) }
        }
        try Files.replace(home.folder.file("note.txt"), with: Array("of that\n".utf8))
        try terminal.type("at Enter")
        try terminal.wait("the result") { $0.contains { $0.hasPrefix("note.txt:1:of that") } }
        second.signal(SignalNumber.terminate)
        _ = try second.waitForEnd()
    }

    @Test func `without a kernel a line is not done, and one can leave`() throws {
        let kernel = try home.serve()
        let terminal = try begin()
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
        try terminal.wait("what happened") { $0.contains("The kernel is ending.") }
        try terminal.wait("the search") { $0.last?.hasPrefix("no kernel, ") == true }
        try terminal.type("'fs.list' Enter")
        try terminal.wait("the refusal") { $0.contains { $0.hasPrefix("Not done, since") } }
        try terminal.type("C-d")
        try terminal.wait("the end") { $0.contains("status 0") }
        try terminal.wait(last: ["the terminal is as it was"])
    }

    @Test func `all terminals show the same news`() throws {
        try home.install("answer")
        let kernel = try home.serve()
        let terminals = [try begin(), try begin()]
        try home.install("answer", defining: [#"FIXTURE_ANSWER="two""#])
        for terminal in terminals {
            try terminal.wait("the news") { screen in
                screen.contains { $0.hasPrefix("fixture 1.0.0 reloaded: generation 2") }
            }
        }
        kernel.signal(SignalNumber.terminate)
        _ = try kernel.waitForEnd()
    }
}
