import GeminiLogic
import ModuleChat
import ModuleJSON
import ModuleProviderKit
import ProviderTesting
import Testing

/// The ways in which Gemini stops, or refuses.
struct AnswerTests {
    private static func events(
        _ pieces: [String], _ head: AnswerHead = AnswerHead(status: 200),
        of order: ChatOrder = Samples.order()
    ) -> [ChatEvent] {
        Replay(Gemini()).events(
            pieces.map { Array($0.utf8) },
            of: ProviderOrder(.chat(order), at: Samples.server), head, isWhole: true
        ).compactMap { if case .chat(let event) = $0 { event } else { nil } }
    }

    @Test(
        arguments: [
            ("STOP", .stop), ("MAX_TOKENS", .length), ("SAFETY", .filtered),
            ("RECITATION", .filtered), ("BLOCKLIST", .filtered), ("PROHIBITED_CONTENT", .filtered),
            ("SPII", .filtered), ("IMAGE_SAFETY", .filtered), ("LANGUAGE", .other),
            ("OTHER", .other), ("FINISH_REASON_UNSPECIFIED", .other), ("NEW_REASON", .other),
        ] as [(String, ChatFinish.Reason)])
    func `every reason to stop is one of ours, and says why`(
        word: String, reason: ChatFinish.Reason
    ) {
        let events = Self.events([
            #"{"candidates":[{"finishReason":"\#(word)","finishMessage":"So it is."}]}"#
        ])
        guard events.count == 1, case .finish(let finish) = events[0] else {
            Issue.record("\(events)")
            return
        }
        #expect(finish.reason == reason)
        #expect(finish.detail.hasSuffix(": So it is") || reason == .stop)
    }

    @Test(arguments: [
        "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
    ])
    func `an answer that cannot be used is a failure in words`(word: String) {
        let events = Self.events([#"{"candidates":[{"finishReason":"\#(word)"}]}"#])
        guard events.count == 1, case .failure(let failure) = events[0] else {
            Issue.record("\(events)")
            return
        }
        #expect(failure.kind == .malformed && failure.message.split(separator: " ").count > 4)
    }

    @Test func `a call that the server did not name gets a name that is new in the chat`() throws {
        let order = Samples.order(
            "gemini-2.5-pro",
            [
                ChatMessage(.user, "u"), ChatMessage(.assistant, [Samples.call("call_2")]),
                ChatMessage(.tool, [Samples.result("call_2")]),
            ])
        let piece =
            #"{"candidates":[{"content":{"parts":["#
            + #"{"functionCall":{"name":"fs_read"}},{"functionCall":{"name":"fs_read"}}]}}]}"#
        let ids = Self.events([piece], of: order).compactMap { event -> String? in
            if case .toolCall(let call) = event { call.id } else { nil }
        }
        #expect(ids.count == 2 && Set(ids + ["call_2"]).count == 3)
    }

    // MARK: Errors

    struct Row: Sendable, CustomTestStringConvertible {
        var status: Int
        var word: String
        var message: String
        var details = "[]"
        var kind: ChatFailure.Kind
        var retryAfter: Double?

        var testDescription: String { "\(status) \(word): \(message.prefix(30))" }
        var body: String {
            #"{"error":{"code":\#(status),"message":"\#(message)","#
                + #""status":"\#(word)","details":\#(details)}}"#
        }
    }

    private static let perDay = #"[{"violations":[{"quotaId":"RequestsPerDayPerModel"}]}]"#

    static let rows = [
        Row(
            status: 400, word: "INVALID_ARGUMENT",
            message: "API key not valid. Please pass a valid API key.", kind: .authentication),
        Row(
            status: 400, word: "INVALID_ARGUMENT", message: "API key expired. Renew it.",
            kind: .authentication),
        Row(status: 401, word: "UNAUTHENTICATED", message: "No token", kind: .authentication),
        Row(
            status: 403, word: "PERMISSION_DENIED", message: "Method doesn't allow it",
            kind: .authentication),
        Row(
            status: 400, word: "INVALID_ARGUMENT",
            message: "The input token count (9) exceeds the maximum number of tokens allowed (8).",
            kind: .contextTooLong),
        Row(
            status: 400, word: "INVALID_ARGUMENT",
            message: "Request payload size exceeds the limit: 20971520 bytes.",
            kind: .contextTooLong),
        Row(
            status: 400, word: "INVALID_ARGUMENT", message: "Unknown name \\\"x\\\" at 'tools[0]'",
            kind: .badRequest),
        Row(
            status: 400, word: "FAILED_PRECONDITION",
            message: "User location is not supported for the API use.", kind: .badRequest),
        Row(
            status: 404, word: "NOT_FOUND", message: "models/gemini-9 is not found",
            kind: .modelNotFound),
        Row(
            status: 429, word: "RESOURCE_EXHAUSTED",
            message: "You exceeded your current quota, please check your plan and billing.",
            details: #"[{"retryDelay":"34.5s"}]"#, kind: .rateLimit, retryAfter: 34.5),
        Row(
            status: 429, word: "RESOURCE_EXHAUSTED", message: "You exceeded your current quota",
            details: perDay, kind: .quota),
        Row(
            status: 429, word: "RESOURCE_EXHAUSTED", message: "Quota exceeded, limit: 0, model: x",
            kind: .quota),
        Row(
            status: 503, word: "UNAVAILABLE", message: "The model is overloaded.",
            kind: .overloaded),
        Row(status: 504, word: "DEADLINE_EXCEEDED", message: "Took too long", kind: .server),
        Row(status: 500, word: "INTERNAL", message: "An internal error", kind: .server),
    ]

    @Test(arguments: rows)
    func `an error is told apart, alone, in a list and in a stream`(row: Row) throws {
        let heads = [AnswerHead(status: row.status), AnswerHead(status: 200)]
        for (body, head) in [
            (row.body, heads[0]), ("[\(row.body)]", heads[0]), (row.body, heads[1]),
            ("[\(row.body)]", heads[1]),
        ] {
            let events = Self.events([body], head)
            guard events.count == 1, case .failure(let failure) = events[0] else {
                Issue.record("\(events)")
                return
            }
            #expect(failure.kind == row.kind)
            #expect(failure.retryAfterSeconds == row.retryAfter)
            #expect(failure.message.hasPrefix(String(row.message.prefix(10))))
        }
    }
}
