import ModuleChat
import ModuleJSON
import Testing

/// What a server says of its models is believed within reason.
struct ModelInfoTests {
    @Test(arguments: [
        #"{"inputPrice":1e200,"outputPrice":-0.5}"#, #"{"windowTokens":9223372036854775807}"#,
        #"{"windowTokens":-1,"answerTokensMax":0}"#, #"{"inputPrice":"x","windowTokens":1.5}"#,
        #"{"name":"a\nb"}"#, #"{"name":""}"#,
    ])
    func `what is out of all bounds is unknown`(text: String) throws {
        var json = try #require(try JSON(parsing: text).object)
        json["id"] = "m"
        #expect(try ModelInfo(.object(json)) == ModelInfo(id: "m"))
    }

    @Test(arguments: ["", "a\nb", "a\u{1B}[2J", String(repeating: "x", count: 257)])
    func `a name that nobody can type makes no model`(id: String) {
        #expect(throws: ChatReadingError.self) { try ModelInfo(["id": .string(id)]) }
    }

    @Test func `what is within reason is taken`() throws {
        let model = try ModelInfo([
            "id": "m", "windowTokens": 1_000_000, "inputPrice": 0, "outputPrice": 15.5,
        ])
        #expect(model.windowTokens == 1_000_000)
        #expect(model.inputPrice == 0 && model.outputPrice == 15.5)
    }
}
