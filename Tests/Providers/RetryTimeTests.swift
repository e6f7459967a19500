import ModuleChat
import ModuleJSON
import ProviderSupport
import Testing

struct RetryTimeTests {
    @Test(
        arguments: [
            (["retry-after": "7"], 7),
            (["retry-after": "1.5"], 1.5),
            (["retry-after-ms": "250", "retry-after": "1"], 0.25),
            (
                [
                    "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT",
                    "date": "Wed, 21 Oct 2026 07:28:00 GMT",
                ], 30
            ),
            (["x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"], 360),
            (["x-ratelimit-reset-tokens": "20ms"], 0.02),
            (
                [
                    "x-ratelimit-reset-requests": "1s", "x-ratelimit-remaining-requests": "9",
                    "x-ratelimit-reset-tokens": "2m59.56s", "x-ratelimit-remaining-tokens": "0",
                ], 179.56
            ),
            (
                [
                    "anthropic-ratelimit-tokens-reset": "2026-10-21T09:28:10+02:00",
                    "anthropic-ratelimit-tokens-remaining": "0",
                    "date": "Wed, 21 Oct 2026 07:28:00 GMT",
                ], 10
            ),
            (
                [
                    "x-ratelimit-reset": "1792567700000", "date": "Wed, 21 Oct 2026 07:28:00 GMT",
                ], 20
            ),
        ] as [([String: String], Double)])
    func `headers say when to ask again`(headers: [String: String], seconds: Double) throws {
        let head = AnswerHead(status: 429, headers: headers)
        let failure = ServerComplaint(head, body: []).failure()
        #expect(failure.kind == .rateLimit)
        let told = try #require(failure.retryAfterSeconds)
        #expect(abs(told - seconds) < 0.001, "\(told)")
    }

    @Test(arguments: [
        ("Rate limit reached. Please try again in 1m12.5s. Visit …", 72.5),
        ("Please retry in 34s", 34),
        ("Try again in 20 seconds.", 20),
        ("Please try again in a moment. Retry after 5 seconds.", 5),
    ])
    func `the sentence says when to ask again`(sentence: String, seconds: Double) {
        let body: JSON = ["error": ["message": .string(sentence)]]
        let complaint = ServerComplaint(AnswerHead(status: 429), body: body.serialized())
        #expect(complaint.failure().retryAfterSeconds == seconds)
    }

    @Test(arguments: [
        ["retry-after": "soon"], ["retry-after": "Wed, 99 Foo 2026 07:28:00 GMT"],
        ["x-ratelimit-reset-tokens": "5x"], ["retry-after": "nan"],
        [
            "x-ratelimit-reset-tokens": "2026-10-21T07:28:00+9223372036854775807:00",
            "date": "Wed, 21 Oct 2026 07:28:00 GMT",
        ],
        [
            "x-ratelimit-reset-tokens": "2026-10-21T07:28:00+00:99",
            "date": "Wed, 21 Oct 2026 07:28:00 GMT",
        ],
    ])
    func `what cannot be read is unknown`(headers: [String: String]) {
        let complaint = ServerComplaint(AnswerHead(status: 429, headers: headers), body: [])
        #expect(complaint.failure().retryAfterSeconds == nil)
    }

    @Test func `a moment that is over is now`() {
        let head = AnswerHead(
            status: 503,
            headers: [
                "retry-after": "Wed, 21 Oct 2026 07:27:00 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            ])
        #expect(ServerComplaint(head, body: []).failure().retryAfterSeconds == 0)
    }

    @Test func `nobody is told to wait for what waiting does not mend`() {
        let head = AnswerHead(status: 401, headers: ["retry-after": "7"])
        #expect(ServerComplaint(head, body: []).failure().retryAfterSeconds == nil)
    }
}
