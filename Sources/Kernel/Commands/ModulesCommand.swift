import KernelClient
import KernelTerminal
package import KernelWire
import ModuleJSON

/// `kernel modules`
package struct ModulesCommand {
    private let client: WireClient
    private let printsJSON: Bool
    private let streams: CommandStreams

    package init(
        _ transport: any WireTransport, printsJSON: Bool,
        _ streams: CommandStreams = CommandStreams(),
        introduction: Introduction = Introduction(client: "modules")
    ) {
        client = WireClient(transport, introduction)
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
            let welcome = try client.request(Welcome.self)
            if printsJSON {
                streams.print(StyledText(try JSON.encode(welcome.modules).pretty()))
            } else {
                let listing = ModuleListing(welcome.modules, isSafeMode: welcome.isSafeMode == true)
                streams.print(.lines(listing.lines(columnsMax: streams.columnsMax)))
            }
            return streams.finish(.ok)
        } catch {
            if client.isLeft { return .interrupted }
            streams.printError(StyledText("kernel: \(error)", .error))
            return .failed
        }
    }
}
