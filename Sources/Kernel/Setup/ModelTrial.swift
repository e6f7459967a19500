import KernelHTTP
import KernelSystem
import ModuleJSON
import Synchronization

/// Asks servers a few short questions and waits for the answers: what they have, and whether they
/// answer at all. In OpenAI's language, which every server that setup knows speaks.
struct ModelTrial: Sendable {
    let client: HTTPClient
    let environment: [String: String]

    struct Failure: Error, Sendable, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    struct Answer: Sendable, Hashable {
        let text: String
        let seconds: Double
    }

    private static let question = "Say hello in one short sentence."
    private static let answerCharactersMax = 200

    /// A real question. `tokensMax` is for models that cost nothing: not every hosted one takes it.
    func ask(
        _ model: String, at base: String, key: String?, tokensMax: Int? = nil
    ) throws(Failure) -> Answer {
        var order: JSONObject = [
            "model": .string(model),
            "messages": [["role": "user", "content": .string(Self.question)]],
        ]
        if let tokensMax { order["max_tokens"] = .integer(Int64(tokensMax)) }
        let begin = SystemClock.monotonicNanoseconds
        let url = base + "/chat/completions"
        var request = HTTPRequest.post(url, JSON.object(order).serialized(), type: Self.type)
        request.headers += Self.headers(key)
        request.limits.totalSeconds = Self.answerSeconds
        let json = try send(request)
        let message = json["choices"]?.array?.first?["message"]
        // One that thinks first may not have come to its answer.
        let text = [message?["content"]?.string, message?["reasoning_content"]?.string]
            .compactMap { $0 }.first { !$0.isEmpty }
        guard let text else { throw Failure("\(url) answered without any text") }
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return Answer(
            text: line.count > Self.answerCharactersMax
                ? line.prefix(Self.answerCharactersMax) + "…" : line,
            seconds: Double(SystemClock.monotonicNanoseconds - begin) / 1e9)
    }

    /// The models that a server lists.
    func models(at base: String, key: String?) throws(Failure) -> [String] {
        let json = try get(base + "/models", key: key)
        return (json["data"]?.array ?? []).compactMap { $0["id"]?.string }.map { id in
            // Google's language has the kind before the name.
            id.hasPrefix("models/") ? String(id.dropFirst("models/".count)) : id
        }
    }

    func get(_ url: String, key: String? = nil) throws(Failure) -> JSON {
        var request = HTTPRequest(url)
        request.headers = Self.headers(key)
        request.limits.totalSeconds = Self.listSeconds
        return try send(request)
    }

    private static let type = "application/json"
    private static let connectSeconds = 5.0
    private static let listSeconds = 20.0
    private static let answerSeconds = 300.0
    private static let bodyBytesMax = 16 << 20

    /// Anthropic takes the key in a header of its own where it lists models.
    private static func headers(_ key: String?) -> [HTTPHeader] {
        guard let key else { return [] }
        return [
            HTTPHeader("Authorization", "Bearer \(key)"), HTTPHeader("x-api-key", key),
            HTTPHeader("anthropic-version", "2023-06-01"),
        ]
    }

    private func send(_ request: HTTPRequest) throws(Failure) -> JSON {
        var request = request
        request.reach = .everything
        request.proxy = HTTPProxy(for: request.url, environment: environment)
        request.limits.connectSeconds = Self.connectSeconds
        request.limits.bodyBytesMax = Self.bodyBytesMax
        let exchange = WaitingExchange()
        client.begin(request, exchange)
        let (status, body, failure) = exchange.wait()
        if let failure { throw Failure("\(failure)") }
        let json = try? JSON(parsing: body)
        guard status == 200, let json else {
            let said = json?["error"]?["message"]?.string ?? json?["error"]?.string
            let reason = said.map { ": \($0)" } ?? ""
            throw Failure("\(request.url) answered with status \(status)\(reason)")
        }
        return json
    }
}

/// One exchange that a thread waits for.
private final class WaitingExchange: HTTPListener {
    private struct State {
        var status = 0
        var body: [UInt8] = []
        var failure: HTTPFailure?
        var isOver = false
    }

    private let state = Condition(State())

    func responded(_ head: HTTPHead) { state.withLock { $0.status = head.status } }
    func received(_ piece: [UInt8]) { state.withLock { $0.body += piece } }

    func ended(_ failure: HTTPFailure?) {
        state.withLock { state in
            state.failure = failure
            state.isOver = true
        }
        state.broadcast()
    }

    /// Every request has a deadline of its own.
    func wait() -> (Int, [UInt8], HTTPFailure?) {
        let end = state.wait { $0.isOver ? ($0.status, $0.body, $0.failure) : nil }
        return end ?? (0, [], nil)
    }
}
