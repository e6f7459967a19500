import AnthropicLogic
import ModuleChat
import ModuleProviderKit
import ProviderTesting
import Testing

/// What the API calls its errors, told apart. The sentences are the vendor's, as its documentation
/// and reports of its users have them.
struct FailureTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var status: Int
        var type: String
        var message: String
        var kind: ChatFailure.Kind
        var headers: [String: String] = [:]
        var retryAfter: Double?

        var testDescription: String { "\(status) \(type): \(message.prefix(30))" }
        var body: String {
            #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"}}"#
        }
    }

    private static let date = "Fri, 20 Nov 2026 11:00:00 GMT"

    static let rows = [
        Row(
            status: 401, type: "authentication_error", message: "invalid x-api-key",
            kind: .authentication),
        Row(
            status: 403, type: "permission_error",
            message: "Your API key does not have permission to use the specified resource.",
            kind: .authentication),
        Row(
            status: 404, type: "not_found_error", message: "model: claude-opus-9",
            kind: .modelNotFound),
        Row(status: 404, type: "not_found_error", message: "Not Found", kind: .badRequest),
        Row(
            status: 413, type: "request_too_large",
            message: "Request exceeds the maximum size", kind: .contextTooLong),
        Row(
            status: 400, type: "invalid_request_error",
            message: "prompt is too long: 215000 tokens > 200000 maximum",
            kind: .contextTooLong),
        Row(
            status: 400, type: "invalid_request_error",
            message: "input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000",
            kind: .contextTooLong),
        Row(
            status: 400, type: "invalid_request_error",
            message: "Your credit balance is too low to access the Anthropic API.", kind: .quota),
        Row(
            status: 400, type: "invalid_request_error",
            message: "You have reached your specified API usage limits.", kind: .quota),
        Row(status: 402, type: "billing_error", message: "Payment required", kind: .quota),
        Row(
            status: 400, type: "invalid_request_error",
            message: "messages.1.content.0: Invalid `signature` in `thinking` block",
            kind: .badRequest),
        Row(
            status: 429, type: "rate_limit_error",
            message: "This request would exceed your organization's rate limit.",
            kind: .rateLimit, headers: ["retry-after": "12"], retryAfter: 12),
        Row(
            status: 429, type: "rate_limit_error", message: "Number of tokens has exceeded",
            kind: .rateLimit,
            headers: [
                "date": date, "anthropic-ratelimit-requests-remaining": "10",
                "anthropic-ratelimit-requests-reset": "2026-11-20T11:00:01Z",
                "anthropic-ratelimit-input-tokens-remaining": "0",
                "anthropic-ratelimit-input-tokens-reset": "2026-11-20T11:00:42Z",
            ], retryAfter: 42),
        Row(status: 500, type: "api_error", message: "Internal server error", kind: .server),
        Row(status: 504, type: "timeout_error", message: "Request timed out", kind: .server),
        Row(status: 529, type: "overloaded_error", message: "Overloaded", kind: .overloaded),
        Row(status: 503, type: "other_error", message: "Try later", kind: .overloaded),
    ]

    private static func failure(_ status: Int, _ headers: [String: String], _ body: String?)
        -> ChatFailure?
    {
        let replay = Replay(Anthropic())
        let events = replay.events(
            body.map { [Array($0.utf8)] } ?? [],
            of: ProviderOrder(.chat(Samples.order()), at: Samples.server),
            AnswerHead(status: status, headers: headers), isWhole: true)
        guard events.count == 1, case .chat(.failure(let failure)) = events[0] else { return nil }
        return failure
    }

    @Test(arguments: rows)
    func `an error is told apart`(row: Row) throws {
        let failure = try #require(Self.failure(row.status, row.headers, row.body))
        #expect(failure.kind == row.kind)
        #expect(failure.retryAfterSeconds == row.retryAfter)
        #expect(failure.message.hasPrefix(String(row.message.prefix(20))))
    }

    @Test(arguments: rows)
    func `the same error within a stream is the same`(row: Row) throws {
        // Where the status alone tells, there is nothing to tell it by.
        guard ![402, 404, 503].contains(row.status) else { return }
        let events = Replay(Anthropic()).events(
            [Array(row.body.utf8)], of: ProviderOrder(.chat(Samples.order()), at: Samples.server),
            AnswerHead(status: 200), isWhole: true)
        guard events.count == 1, case .chat(.failure(let failure)) = events[0] else {
            Issue.record("\(events)")
            return
        }
        #expect(failure.kind == row.kind)
    }

    @Test func `an error in another shape is one all the same`() throws {
        let page = "<html><head><title>529 Overloaded</title></head></html>"
        let failure = try #require(Self.failure(529, ["content-type": "text/html"], page))
        #expect(failure.kind == .overloaded && failure.message == "529 Overloaded")
        let silent = try #require(Self.failure(500, [:], nil))
        #expect(silent.kind == .server && silent.message.contains("500"))
    }
}
