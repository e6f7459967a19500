import KernelClient
import KernelTerminal
package import KernelWire
import ModuleJSON

/// `kernel module lift`
package struct LiftCommand {
    private let client: WireClient
    private let id: String
    private let printsJSON: Bool
    private let streams: CommandStreams

    package init(
        _ transport: any WireTransport, id: String, printsJSON: Bool,
        _ streams: CommandStreams = CommandStreams(),
        introduction: Introduction = Introduction(client: "module lift")
    ) {
        client = WireClient(transport, introduction)
        self.id = id
        self.printsJSON = printsJSON
        self.streams = streams
    }

    /// From any thread: `run` waits no longer.
    package func interrupt() { client.close() }

    /// To be called on a thread that may block.
    package func run() -> ExitStatus {
        defer { client.close() }
        do {
            try client.start(onNotification: { _, _ in })
            _ = try client.request(Welcome.self)
            let outcome: LiftModule.Outcome = try client.request(
                LiftModule.method, ["id": .string(id)])
            if printsJSON {
                streams.print(StyledText(try JSON.encode(outcome).pretty()))
            } else {
                streams.print(LiftText.line(id, outcome))
            }
            return streams.finish(.ok)
        } catch {
            if client.isLeft { return .interrupted }
            streams.printError(StyledText("kernel: \(error)", .error))
            return .failed
        }
    }
}
