import ModuleKit
import ModuleKitTesting
import Testing

struct NotebookTests {
    @Test func `notes survive a reload`() async throws {
        let old = try TestHost(Notebook.self)
        _ = try await old.call("add", ["text": "buy tea", "weight": "high"])
        let new = try TestHost(Notebook.self, state: try old.save())
        #expect(try await new.call("read").outputs == ["! buy tea\n"])
        try old.close()
        try new.close()
    }

    @Test func `a full notebook says so`() async throws {
        let host = try TestHost(Notebook.self, configuration: ["capacity": 1])
        _ = try await host.call("add", ["text": "one"])
        let outcome = try await host.call("add", ["text": "two"])
        #expect(outcome.status == .limit)
        #expect(outcome.message == "the notebook holds 1 notes; raise capacity")
        try host.close()
    }

    @Test func `reading ends when it is cancelled`() async throws {
        let host = try TestHost(Notebook.self)
        for number in 1...100 { _ = try await host.call("add", ["text": "\(number)"]) }
        let call = try host.begin("read")
        while call.progress.count < 2 { await Task.yield() }
        call.cancel()
        #expect(try await call.outcome().status == .cancelled)
        try host.close()
    }
}
