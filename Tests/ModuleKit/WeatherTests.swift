import ModuleKit
import ModuleKitTesting
import Testing

struct WeatherTests {
    @Test func `the weather comes from the server, and its past from git`() async throws {
        var outside = Outside()
        outside.http = { request in .text("Sunny at \(request.url)") }
        outside.programs = { request in .text("\(request.arguments)") }
        let host = try TestHost(Weather.self, outside: outside)
        #expect(try await host.call("today").text == "Sunny at https://api.example.org/today")
        #expect(try await host.call("history").text == "[\"log\", \"-3\"]")
        try host.close()
    }
}
