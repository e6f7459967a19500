import ClientTesting
import KernelCommands
import KernelSystem
import KernelTesting
import KernelWire
import Testing

@Suite(.timeLimit(.minutes(1)), .blocking)
struct AskCommandTests {
    /// swift-testing has one too.
    private typealias ExitStatus = KernelCommands.ExitStatus

    @Test func `reading what is piped in can be interrupted`() throws {
        let options = try CommandLineOptions.parse(["ask", "hello"])
        guard case .ask(let request) = options.command else {
            Issue.record("it is no question")
            return
        }
        let folder = try TemporaryFolder("ask")
        let output = try FileDescriptor.open(folder.file("output"), .write, creating: .ifMissing())
        let errors = try FileDescriptor.open(folder.file("errors"), .write, creating: .ifMissing())
        let pipe = try Pipe()
        let command = try AskCommand(
            FakeKernel().transport, request, printsJSON: false,
            CommandStreams(output: output.raw, errors: errors.raw), input: pipe.reader.raw)
        let ended = Condition<ExitStatus?>(nil)
        _ = try SystemThread.start(name: "ask") {
            let status = command.run()
            ended.withLock { $0 = status }
            ended.broadcast()
        }
        command.interrupt()
        #expect(ended.wait { $0 } == .interrupted)
    }

    @Test func `what is said while an answer is in the middle of a line takes nothing of it`()
        throws
    {
        let options = try CommandLineOptions.parse(["ask", "hello"])
        guard case .ask(let request) = options.command else {
            Issue.record("it is no question")
            return
        }
        let terminal = try PseudoTerminal()
        let kernel = FakeKernel(unanswered: [AskChat.method])
        let command = try AskCommand(
            kernel.transport, request, printsJSON: false,
            CommandStreams(output: terminal.device.raw, errors: terminal.device.raw),
            input: terminal.device.raw)
        let ended = Condition(false)
        _ = try SystemThread.start(name: "ask") {
            _ = command.run()
            ended.withLock { $0 = true }
            ended.broadcast()
        }
        let id = try kernel.waitFor(AskChat.method).id
        func tell(_ text: String) throws {
            try kernel.tell(ChatPiece.text, ChatPiece(request: id, text: text))
        }
        try tell("one two")
        for second in 5...6 {
            var notice = ChatNotice(request: id, kind: ChatNotice.working, text: "m is at it")
            notice.seconds = Double(second)
            try kernel.tell(ChatNotice.method, notice)
        }
        try tell(" three")
        let shown = try terminal.wait { $0.transcript.contains { $0.contains("three") } }
        #expect(shown.transcript.contains("one two three"), "\(shown.transcript)")
        kernel.fail(id, .notFound("no more"))
        #expect(ended.wait { $0 ? true : nil } == true)
    }
}
