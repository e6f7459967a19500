import ModuleKit

struct Weather: Module {
    static let manifest = Manifest(
        id: "weather", version: "1.0.0", about: "Knows the weather.",
        permissions: .init(network: ["api.example.org"], execute: ["/usr/bin/git"]))
    static let tasks: [TaskOf<Weather>] = [
        TaskOf("today", "What it is like today.", risk: .read, run: today),
        TaskOf("history", "What it was like.", risk: .read, run: history),
    ]

    init(_ host: Host) {}

    func today(_ call: Call) async throws -> String {
        try await call.http.get("https://api.example.org/today").expectSuccess().text()
    }

    func history(_ call: Call) async throws -> String {
        try await call.programs.run("/usr/bin/git", ["log", "-3"], in: "/srv/weather")
            .expectSuccess().text
    }
}
