import ModuleKitTesting
import Testing

@testable import {{Type}}Module

struct {{Type}}Tests {
    @Test func `it greets by name`() async throws {
        let host = try TestHost({{Type}}.self)
        let outcome = try await host.call("hello", ["name": "Ann", "times": 2])
        #expect(outcome.text == "Hello, Ann!\nHello, Ann!")
        try host.close()
    }

    @Test func `too many greetings are refused`() async throws {
        let host = try TestHost({{Type}}.self)
        let outcome = try await host.call("hello", ["times": 99])
        #expect(outcome.message == "\"times\" must be at most 10, but is 99")
        try host.close()
    }
}
