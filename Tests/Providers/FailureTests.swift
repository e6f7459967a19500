import ModuleChat
import ModuleJSON
import ProviderSupport
import Testing

/// The common table, which every dialect's own rules stand before.
struct FailureTests {
    @Test(arguments: [
        (400, "context_length_exceeded", ChatFailure.Kind.contextTooLong),
        (413, "prompt is too long: 210000 tokens", .contextTooLong),
        (400, "API key not valid. Please pass a valid API key.", .authentication),
        (401, "whatever", .authentication), (403, "not for you", .authentication),
        (402, "pay", .quota), (429, "insufficient_quota", .quota), (429, "slow down", .rateLimit),
        (400, "content_filter", .blocked), (403, "requires moderation", .blocked),
        (404, "the model x", .modelNotFound), (400, "Model Not Exist", .modelNotFound),
        (404, "page not found", .badRequest),
        (404, "no route /v1/chat/completions, try /v1/models", .badRequest),
        (404, "model \"x\" not found, try pulling it first", .modelNotFound),
        (400, "bad field in: my essay on moderation was flagged early", .badRequest),
        (429, "slow down, give it some credit", .rateLimit), (422, "a field", .badRequest),
        (301, "", .badRequest), (503, "", .overloaded), (529, "", .overloaded),
        (500, "Overloaded", .overloaded), (500, "oops", .server), (502, "", .server),
        (408, "", .server),
    ])
    func `status and words say the kind`(status: Int, words: String, kind: ChatFailure.Kind) {
        let body: JSON = ["error": ["message": .string(words)]]
        let complaint = ServerComplaint(AnswerHead(status: status), body: body.serialized())
        let failure = complaint.failure()
        #expect(failure.kind == kind)
        #expect(!failure.message.isEmpty)
    }

    @Test(arguments: [
        #"{"error":{"message":"Why."}}"#, #"{"error":"Why."}"#, #"[{"error":{"message":"Why."}}]"#,
        #"{"message":"Why."}"#, #"{"detail":"Why."}"#, #"{"detail":[{"msg":"Why."}]}"#,
        #"{"type":"error","error":{"type":"x","message":"Why."}}"#,
        #"{"code":"bad","error":"Why."}"#, "Why.", "<html><title>Why.</title>lots</html>",
        #"{"error":{"message":"","metadata":{"raw":"{\"error\":{\"message\":\"Why.\"}}"}}}"#,
    ])
    func `the sentence is found in every shape`(body: String) {
        let complaint = ServerComplaint(AnswerHead(status: 500), body: Array(body.utf8))
        #expect(complaint.failure().message == "Why")
    }

    @Test func `an error within a stream is told by its words and its number`() {
        let head = AnswerHead(status: 200)
        func kind(_ json: JSON) -> ChatFailure.Kind {
            ServerComplaint(inStream: json, head).failure().kind
        }
        #expect(kind(["error": ["code": 429, "message": "x"]]) == .rateLimit)
        #expect(kind(["error": ["type": "overloaded_error", "message": "x"]]) == .overloaded)
        #expect(kind(["error": ["type": "rate_limit_error", "message": "x"]]) == .rateLimit)
        #expect(kind(["error": ["type": "server_error"]]) == .server)
        #expect(kind(["error": "x"]) == .server)
    }

    @Test func `a long sentence is cut, and lines become one`() {
        let text = "one\n\n  two\u{1B}[0m. " + String(repeating: "x", count: 1_000)
        let sentence = Sentence.shortened(text)
        #expect(sentence.hasPrefix("one two [0m. xxx"))
        #expect(sentence.count == Sentence.charactersMax + 1)
        #expect(sentence.hasSuffix("…"))
    }

    @Test func `numbers that the server tells beside its sentence are said`() {
        let body: JSON = [
            "error": [
                "message": "too much for the context size", "n_prompt_tokens": 9, "n_ctx": 5,
            ]
        ]
        let complaint = ServerComplaint(AnswerHead(status: 400), body: body.serialized())
        #expect(complaint.failure().message.contains("takes 9 tokens, and the window has 5"))
    }
}
