import KernelSystem
import KernelTesting
import Testing

/// The REPL as a person sees it. What the line editor does in detail is tested where it is.
@Suite(.enabled(if: Tmux.exists), .timeLimit(.minutes(3)))
struct TerminalTests {
    private let home: KernelHome

    init() throws {
        home = try KernelHome()
    }

    /// A kernel in a terminal, once its prompt is there; what it leaves behind is shown after it.
    private func begin() throws -> Tmux {
        let kernel = try Program.built("kernel")
        let terminal = try Tmux(
            home,
            "stty -a > before; \(kernel) --dev; echo status $?; stty -a > after; "
                + "cmp before after && echo the terminal is as it was")
        try terminal.wait("the prompt") { $0.last == ">" }
        return terminal
    }

    @Test func `the first screen is short and says what to try`() throws {
        let terminal = try begin()
        let screen = try terminal.screen
        #expect(screen.count <= 12)
        #expect(screen[0].hasPrefix("kernel 0.1.0"))
        #expect(screen.contains { $0.hasPrefix("Try: fs.list path=.") })
        for id in ["apps", "fs", "system"] {
            #expect(screen.contains { $0.hasPrefix("  \(id) ") && $0.hasSuffix(".so") })
        }
    }

    @Test func `names and paths complete, and what they name runs`() throws {
        try Files.replace(home.folder.file("letter.txt"), with: Array("Dear reader\n".utf8))
        let terminal = try begin()
        try terminal.type("fs.rea Tab")
        try terminal.wait(last: ["> fs.read"])
        try terminal.type("path=let Tab")
        try terminal.wait(last: ["> fs.read path=letter.txt"])
        try terminal.type("Enter")
        let screen = try terminal.wait("the result") {
            $0.last == ">" && $0.contains("Dear reader")
        }
        #expect(screen.contains { $0.hasPrefix("fs.read (") && $0.hasSuffix(" ms)") })
    }

    @Test func `a reload is told above the line being typed`() throws {
        try home.install("answer")
        let terminal = try begin()
        try terminal.type("'fixture.ans'")
        try terminal.wait(last: ["> fixture.ans"])
        try home.install("answer", defining: [#"FIXTURE_ANSWER="two""#])
        let screen = try terminal.wait("the news") { screen in
            screen.contains { $0.hasPrefix("fixture 1.0.0 reloaded: generation 2") }
        }
        #expect(screen.last == "> fixture.ans")
        #expect(screen.filter { $0.contains("fixture.ans") }.count == 1)
        try terminal.type("wer Enter")
        try terminal.wait("the answer of the new build") { $0.suffix(2) == ["two", ">"] }
    }

    @Test func `a line of several lines can be typed and pasted`() throws {
        try home.installTrusted("modes")
        let terminal = try begin()
        try terminal.type("'modes.thread one' M-Enter two")
        try terminal.wait(last: ["> modes.thread one", "… two"])
        try terminal.type("Enter")
        try terminal.wait("the answer") { $0.last == ">" && $0.contains("7 bytes") }
        try terminal.paste("modes.thread three\nfour\nfive")
        try terminal.wait(last: ["> modes.thread three", "… four", "… five"])
        try terminal.type("Enter")
        try terminal.wait("the answer") { $0.last == ">" && $0.contains("15 bytes") }
    }

    @Test func `an interrupt clears the line, then cancels what is running`() throws {
        try home.installTrusted("modes")
        let terminal = try begin()
        try terminal.type("'modes.process heed' Enter")
        try terminal.type("half")
        try terminal.wait(last: ["> half"])
        try terminal.type("C-c")
        try terminal.wait("an empty line") { $0.last == ">" }
        try terminal.type("C-c")
        try terminal.wait("the end of the call") { screen in
            // Its worker may not have been there yet.
            screen.last == ">"
                && screen.contains {
                    $0.hasPrefix("modes.process failed (cancelled)")
                        || $0 == "modes.process was asked to end before it began"
                }
        }
    }

    @Test func `a line stays whole when the window changes its size`() throws {
        let terminal = try begin()
        let text = String(repeating: "0123456789", count: 6)
        try terminal.type(text)
        try terminal.wait(last: ["> \(text)"])
        try terminal.resize(columns: 50, rows: 20)
        try terminal.wait(last: ["> \(text.prefix(48))", String(text.dropFirst(48))])
        try terminal.resize(columns: 100, rows: 24)
        try terminal.wait(last: ["> \(text)"])
    }

    @Test(arguments: ["/quit Enter", "C-d"])
    func `leaving keeps the history and gives the terminal back`(keys: String) throws {
        do {
            let terminal = try begin()
            try terminal.type("/tasks Enter")
            try terminal.wait("the answer") { $0.suffix(2) == ["No call is running.", ">"] }
            try terminal.type(keys)
            try terminal.wait(last: ["status 0", "the terminal is as it was"])
        }
        let terminal = try begin()
        try terminal.type(keys == "C-d" ? "Up" : "Up Up")
        try terminal.wait(last: ["> /tasks"])
    }

    @Test func `after a crash the kernel is back in its terminal, with its history`() throws {
        try home.installTrusted("modes")
        let terminal = try begin()
        try terminal.type("'modes.thread segv' Enter")
        try terminal.wait("the words at the end") { screen in
            screen.contains { $0.hasPrefix("kernel: the kernel crashed with SIGSEGV") }
        }
        try terminal.wait("the next kernel") { screen in
            screen.last == ">" && screen.contains { $0.contains("report:") }
        }
        try terminal.type("Up")
        try terminal.wait(last: ["> modes.thread segv"])
        try terminal.type("C-c /quit Enter")
        try terminal.wait(last: ["status 0", "the terminal is as it was"])
    }

    @Test func `a shell can stop the whole job and go on with it`() throws {
        let kernel = try Program.built("kernel")
        let terminal = try Tmux(home, "PS1='$ ' exec bash --norc -i")
        try terminal.wait(last: ["$"])
        try terminal.type("'\(kernel) --dev' Enter")
        try terminal.wait("the prompt") { $0.last == ">" }
        let first = try home.kernel
        for _ in 0..<3 {
            try terminal.type("C-z")
            try terminal.wait("the shell") {
                $0.last == "$" && $0.contains { $0.contains("Stopped") }
            }
            try terminal.type("'clear; fg' Enter")
            try terminal.wait("the prompt") { $0.last == ">" }
        }
        try terminal.type("/tasks Enter")
        try terminal.wait(last: ["No call is running.", ">"])
        #expect(try home.kernel == first)
        try terminal.type("/quit Enter")
        try terminal.wait("the shell") { $0.last == "$" }
        try terminal.type("'jobs; echo none' Enter")
        try terminal.wait(last: ["none", "$"])
    }

    @Test func `a task that holds the main loop does not hold the person`() throws {
        try home.installTrusted("modes")
        let terminal = try begin()
        try terminal.type("'modes.main deaf' Enter")
        try terminal.wait("the warning") { screen in
            screen.contains { $0.hasPrefix("modes.main has kept the main loop busy") }
        }
        try terminal.type("/quit Enter")
        try terminal.wait(last: ["status 0", "the terminal is as it was"])
    }
}
