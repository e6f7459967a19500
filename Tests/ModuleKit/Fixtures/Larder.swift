import ModuleKit

struct Larder: Module {
    static let manifest = Manifest(
        id: "larder", version: "1.0.0", about: "Asks a Redis server.",
        permissions: .init(network: ["127.0.0.1:6379"]))
    static let tasks: [TaskOf<Larder>] = [
        TaskOf("ping", "Whether it is there.", risk: .read, run: ping)
    ]

    init(_ host: Host) {}

    func ping(_ call: Call) async throws -> String {
        let server = try await call.connect(to: "127.0.0.1", port: 6379)
        try await server.write("PING\r\n")
        return String(decoding: try await server.read(), as: UTF8.self)
    }
}
