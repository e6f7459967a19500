import ModuleChat
import ModuleJSON
import Testing

@testable import KernelFitting

struct SchemaCallingTests {
    private static let read = ChatTool(
        name: "fs.read", about: "Reads a file.",
        schema: [
            "type": "object", "properties": ["path": ["type": "string"]], "required": ["path"],
        ])
    private static let bare = ChatTool(name: "system.lock", about: "Locks.", schema: [:])

    @Test(arguments: [
        (nil, "openai", ActingWay.tools), (true, "llama-server", .tools), (false, "openai", .none),
        (false, "llama-server", .schema), (false, "ollama", .schema),
    ])
    func `a model acts as it can`(takesTools: Bool?, preset: String, way: ActingWay) {
        var info = ModelInfo(id: "m")
        info.takesTools = takesTools
        let found = ActingWay(info, preset: preset)
        #expect(found == way)
        let sentence = found.sentence(about: "p/m")
        #expect((sentence == nil) == (way == .tools))
    }

    @Test func `blanks without end are no answer, and are not read again and again`() throws {
        let calling = try #require(SchemaCalling([Self.read]))
        var reader = SchemaReader(calling)
        var events: [ChatEvent] = []
        for _ in 0..<100_000 { events += reader.take(.text(" ")) }
        events += reader.take(.finish(ChatFinish(.stop)))
        guard case .failure(let failure)? = events.first, events.count == 1 else {
            Issue.record("\(events)")
            return
        }
        #expect(failure.kind == .malformed && failure.message.contains("blanks"))
        // Some are usual, wherever they fall.
        reader = SchemaReader(calling)
        events = "{ \n\"answer\" :\t \"Hi you\"}".flatMap { reader.take(.text(String($0))) }
        let words = events.reduce(into: "") { if case .text(let piece) = $1 { $0 += piece } }
        #expect(words == "Hi you")
    }

    @Test func `the schema offers words and each tool`() throws {
        let calling = try #require(SchemaCalling([Self.read, Self.bare]))
        let choices = try #require(calling.schema["anyOf"]?.array)
        #expect(choices.count == 3)
        #expect(choices[0]["required"] == ["answer"])
        #expect(choices[1]["properties"]?["tool"] == ["const": "fs.read"])
        #expect(choices[1]["properties"]?["arguments"]?["required"] == ["path"])
        #expect(choices[2]["properties"]?["arguments"]?["additionalProperties"] == false)
        #expect(calling.prompt.contains("fs.read: Reads a file."))
        let required = try #require(SchemaCalling([Self.read], choice: .required))
        #expect(required.schema["anyOf"]?.array?.count == 1)
        #expect(!required.prompt.contains("answer"))
    }

    @Test func `without tools there is nothing to choose`() {
        #expect(SchemaCalling([]) == nil)
        #expect(SchemaCalling([Self.read], choice: .none) == nil)
    }

    @Test(arguments: [
        (#"{"answer": "Hi"}"#, SchemaCalling.Reading.answer("Hi")),
        (
            #"{"tool": "fs.read", "arguments": {"path": "/a"}}"#,
            .call(name: "fs.read", arguments: ["path": "/a"])
        ),
    ])
    func `what the model wrote is read`(text: String, reading: SchemaCalling.Reading) throws {
        let calling = try #require(SchemaCalling([Self.read]))
        #expect(try calling.reading(of: text) == reading)
    }

    @Test(arguments: [
        "", "Hi", "[]", "{}", #"{"answer": 1}"#, #"{"tool": "fs.read"}"#,
        #"{"tool": "fs.write", "arguments": {}}"#, #"{"answer": "Hi", "tool": "fs.read"}"#,
        #"{"tool": "fs.read", "arguments": {"path": "/"#,
    ])
    func `what is neither words nor a call is told`(text: String) throws {
        let calling = try #require(SchemaCalling([Self.read]))
        #expect(throws: ChatFailure.self) { try calling.reading(of: text) }
    }

    /// What comes of an answer in these pieces.
    private static func read(
        _ pieces: [String], _ calling: SchemaCalling, _ reason: ChatFinish.Reason = .stop
    ) -> [ChatEvent] {
        var reader = SchemaReader(calling)
        let events = pieces.map { ChatEvent.text($0) } + [.finish(ChatFinish(reason))]
        return events.flatMap { reader.take($0) }
    }

    private static func text(_ events: [ChatEvent]) -> String {
        events.reduce(into: "") { if case .text(let piece) = $1 { $0 += piece } }
    }

    @Test func `words are told as they come, wherever the pieces end`() throws {
        let calling = try #require(SchemaCalling([Self.read]))
        let said = "Grüße, 世界 \"so\"\n\\ \u{1F30D}."
        let escaped = JSON.string(said).text.replacing("\u{1F30D}", with: "\\ud83c\\udf0d")
        let form = "{ \"answer\" : \(escaped) }"
        let scalars = form.unicodeScalars.map { String($0) }
        #expect(Self.text(Self.read(scalars, calling)) == said)
        for split in 0...scalars.count {
            let halves = [scalars[..<split].joined(), scalars[split...].joined()]
            let events = Self.read(halves, calling)
            #expect(Self.text(events) == said && events.last == .finish(ChatFinish(.stop)))
        }
        // Something is told before the end is there.
        let early = Self.read(["{\"answer\": \"Hel"], calling, .length)
        #expect(early == [.text("Hel"), .finish(ChatFinish(.length))])
    }

    @Test func `a call is told when it is whole, as one of a model with tools`() throws {
        let calling = try #require(SchemaCalling([Self.read]))
        let pieces = #"{"tool": "fs.read", "arguments": {"path": "/a"}}"#.map { String($0) }
        var answer = ChatAnswer(maker: "m")
        for event in Self.read(pieces, calling) { answer.take(event) }
        #expect(answer.problem == nil && answer.finish?.reason == .toolCalls)
        let call = ChatToolCall(id: "7", name: "fs.read", arguments: ["path": "/a"])
        #expect(answer.message { "7" } == ChatMessage(.assistant, [.toolCall(call)]))
    }

    @Test(arguments: [
        ([#"{"tool": "fs.re"#], ChatFinish.Reason.length), (["Hi"], .stop),
        ([#"{"answer": "Hi"#, #"", "more": 1}"#], .stop), ([#"{"answer": "H"#], .stop),
    ])
    func `what keeps to no form is a failure`(
        pieces: [String], reason: ChatFinish.Reason
    ) throws {
        let calling = try #require(SchemaCalling([Self.read]))
        guard case .failure(let failure)? = Self.read(pieces, calling, reason).last else {
            Issue.record("it was taken")
            return
        }
        #expect(failure.kind == .malformed)
    }

    @Test func `an answer that must be JSON is told as JSON`() throws {
        let calling = try #require(
            SchemaCalling([Self.read], answerSchema: ["type": "integer"]))
        let choices = calling.schema["anyOf"]?.array
        #expect(choices?[0]["properties"]?["answer"] == ["type": "integer"])
        #expect(Self.text(Self.read(["{\"answer\": 4", "2}"], calling)) == "42")
    }
}
