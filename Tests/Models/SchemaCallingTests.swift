import KernelModels
import ModuleChat
import ModuleJSON
import Testing

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
        let sentence = found.sentence(about: ModelReference(provider: "p", model: "m"))
        #expect((sentence == nil) == (way == .tools))
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
            .call(ChatToolCall(id: "1", name: "fs.read", arguments: ["path": "/a"]))
        ),
    ])
    func `what the model wrote is read`(text: String, reading: SchemaCalling.Reading) throws {
        let calling = try #require(SchemaCalling([Self.read]))
        #expect(try calling.reading(of: text, id: "1") == reading)
    }

    @Test(arguments: [
        "", "Hi", "[]", "{}", #"{"answer": 1}"#, #"{"tool": "fs.read"}"#,
        #"{"tool": "fs.write", "arguments": {}}"#, #"{"answer": "Hi", "tool": "fs.read"}"#,
        #"{"tool": "fs.read", "arguments": {"path": "/"#,
    ])
    func `what is neither words nor a call is told`(text: String) throws {
        let calling = try #require(SchemaCalling([Self.read]))
        #expect(throws: ChatFailure.self) { try calling.reading(of: text, id: "1") }
    }

    @Test func `the message is as one of a model with tools`() throws {
        let calling = try #require(SchemaCalling([Self.read]))
        let said = ChatMessage(
            .assistant,
            [
                .thinking(ChatThinking("Hm.")),
                .text(#"{"tool": "fs.read", "arguments": {"path": "/a"}}"#),
            ])
        let message = try calling.message(said, id: "7")
        #expect(message.text.isEmpty && message.toolCalls.map(\.id) == ["7"])
        #expect(message.parts.count == 2)
    }
}
