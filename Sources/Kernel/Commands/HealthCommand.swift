import KernelClient
import KernelTerminal
package import KernelWire
import ModuleJSON

/// `kernel health`
package struct HealthCommand {
    private let client: WireClient
    private let module: String?
    private let printsJSON: Bool
    private let streams: CommandStreams

    package init(
        _ transport: any WireTransport, module: String?, printsJSON: Bool,
        _ streams: CommandStreams = CommandStreams(),
        introduction: Introduction = Introduction(client: "health")
    ) {
        client = WireClient(transport, introduction)
        self.module = module
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
            let report: HealthReport = try client.request(
                HealthReport.method, module.map { ["module": .string($0)] } ?? [:])
            if printsJSON {
                streams.print(StyledText(try JSON.encode(report).pretty()))
            } else {
                streams.print(.lines(HealthTable(report).lines(columnsMax: streams.columnsMax)))
            }
            return streams.finish(report.isGood ? .ok : .failed)
        } catch {
            if client.isLeft { return .interrupted }
            streams.printError(StyledText("kernel: \(error)", .error))
            return (error as? WireError)?.isNotFound == true ? .notFound : .failed
        }
    }
}
