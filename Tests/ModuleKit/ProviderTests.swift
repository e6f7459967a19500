import ModuleChat
import ModuleKit
import ModuleKitTesting
import Testing

/// A provider of models through the tables of the contract, as its author tests it.
struct ProviderTests {
    private let server = ProviderServer(preset: "cage", base: "http://127.0.0.1:1")

    private var chat: ProviderOrder {
        ProviderOrder(.chat(ChatOrder(model: "polly", messages: [])), at: server)
    }

    @Test func `a provider is described, encodes and reads`() throws {
        let host = try TestHost(Parrot.self)
        #expect(try host.describe().presets.map(\.id) == ["cage"])
        let request = try host.encode(chat)
        #expect(request.url == "http://127.0.0.1:1/say" && request.framing == .lines)
        let pieces = ["a", "b"].map { Array($0.utf8) }
        #expect(
            try host.read(pieces, of: chat)
                == [
                    .chat(.text("1:a ")), .chat(.text("2:b ")), .chat(.finish(ChatFinish(.stop))),
                ])
        #expect(try host.read([], of: chat, isWhole: false).isEmpty)
        try host.close()
    }

    @Test func `what a provider refuses is a failure with its words`() throws {
        let host = try TestHost(Parrot.self)
        let failure = #expect(throws: Failure.self) {
            try host.encode(ProviderOrder(.models, at: server))
        }
        #expect(failure?.message == "a parrot only chats" && failure?.status == .unsupported)
        try host.close()
    }

    @Test func `a module that provides nothing says so`() throws {
        let host = try TestHost(Greeter.self)
        let error = #expect(throws: TestHostError.self) { try host.describe() }
        #expect(error?.description == "the module provides no models")
        try host.close()
    }
}
