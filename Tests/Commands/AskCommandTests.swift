import ClientTesting
import KernelCommands
import KernelSystem
import KernelTesting
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
}
