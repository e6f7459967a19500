import ModuleKitTesting
import Testing
import {{Type}}Module

struct {{Type}}Tests {
    @Test func `it counts lines`() async throws {
        let host = try TestHost(entry: module_entry())
        let outcome = try await host.call("lines", bytes: Array("one\ntwo\n".utf8))
        #expect(outcome.text == "2 lines")
        try host.close()
    }
}
