import ProviderTesting
import Testing

struct ScrubberTests {
    private static let key = "sk-proj-AbC123/def+456=xyz"
    private let scrubber = Scrubber(secrets: [key])

    private func scrubbed(_ text: String) -> String {
        String(decoding: scrubber.scrubbed(Array(text.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        ("key=\(key);", "key=xxxxxxxxxxxxxxxxxxxxxxxxxx;"),
        (#"{"key":"sk-proj-AbC123\/def+456=xyz"}"#, #"{"key":"sk-xxxxxxxxxxx\/def+456=xyz"}"#),
        ("org-a1b2c3d4e5f6g7", "org-xxxxxxxxxxxxxx"),
        ("user-generated content", "user-generated content"),
        ("task-management1234", "task-management1234"),
        ("\"req_011CSHoEeqs5C35K2UUqR7Fy\"", "\"req_xxxxxxxxxxxxxxxxxxxxxxxx\""),
        ("ann.lee+x@example.org", "xxxxxxxxx@example.org"),
        ("a @ b", "a @ b"), ("grüße, 世界!", "grüße, 世界!"),
        ("AIzaSyA1234567890", "AIzaxxxxxxxxxxxxx"),
    ])
    func `what belongs to an account is taken out`(text: String, expected: String) {
        #expect(scrubbed(text) == expected)
        #expect(scrubbed(text).utf8.count == text.utf8.count)
    }

    @Test func `a part of the key is the key`() {
        #expect(scrubber.finds(in: Array("…AbC123/def+456…".utf8)))
        #expect(!scrubber.finds(in: Array("AbC123".utf8)))
        #expect(!scrubber.finds(in: scrubber.scrubbed(Array("is \(Self.key)".utf8))))
        #expect(!Scrubber(secrets: ["k"]).finds(in: Array("kkkkkkkkkkkkkk".utf8)))
    }

    @Test func `headers that tell of the account are not kept`() {
        for name in ["content-type", "retry-after", "x-ratelimit-reset-tokens"] {
            #expect(Scrubber.keeps(header: name))
        }
        for name in ["set-cookie", "openai-organization", "x-request-id", "cf-ray"] {
            #expect(!Scrubber.keeps(header: name))
        }
    }
}
